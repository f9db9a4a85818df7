import { type Magnitude, bitLength, magnitudeOf, nearestQuotient } from './exact.js'

/** Beyond these, whatever the rounding of a logarithm, a power is Infinity or 0. */
const CERTAIN_OVERFLOW = 1025
const CERTAIN_UNDERFLOW = -1076

const EXACT_BELOW = 2 ** 53

/** More bits than a double has, so that the second attempt below is hardly ever needed. */
const SPARE_BITS = 128

/**
 * As IEEE 754 says, 0^0 is 1. A whole power is the double nearest to the true value; others are as exact as `**`, which
 * may be off by the last bit.
 */
export function power (base: number, exponent: number): number {
  if (!Number.isInteger(exponent) || base === 0 || exponent === 0) return base ** exponent
  const isNegative = base < 0 && exponent % 2 !== 0
  const magnitude = wholePower(Math.abs(base), exponent)
  return isNegative ? -magnitude : magnitude
}

function wholePower (base: number, exponent: number): number {
  const times = Math.abs(exponent)
  const product = exactProduct(base, times)
  if (product !== null) return exponent > 0 ? product : 1 / product
  const log2 = Math.log2(base) * exponent
  if (log2 > CERTAIN_OVERFLOW) return Infinity
  if (log2 < CERTAIN_UNDERFLOW) return 0
  return nearestPower(magnitudeOf(base), times, exponent < 0)
}

/** The power of an integer as a product of doubles, as long as no step rounds: what is taken most. */
function exactProduct (base: number, times: number): number | null {
  if (base === 1) return 1
  if (!Number.isInteger(base)) return null
  let product = 1
  for (let count = 0; count < times; count++) {
    product *= base
    if (product > EXACT_BELOW) return null
  }
  return product
}

/**
 * Ziv's method: the power is worked out with more bits than are needed, as an interval that holds the true value. If
 * both of its ends round to the same double, that is the nearest one, or else more bits are taken. It ends, because
 * only a power of few bits can lie halfway between two doubles, and that one is not cut.
 */
function nearestPower ({ odd, exponent }: Magnitude, times: number, isInverted: boolean): number {
  const count = BigInt(times)
  // The exponents of two cancel out; each alone may be larger than what a double counts exactly.
  const scale = BigInt(exponent) * count
  for (let bits = SPARE_BITS + bitLength(count); ; bits *= 2) {
    const { low, high, shift } = interval(odd, count, bits)
    const exponentOfTwo = Number(scale + shift)
    const nearest = nearestEnd(low, exponentOfTwo, isInverted)
    if (nearest === nearestEnd(high, exponentOfTwo, isInverted)) return nearest
  }
}

function nearestEnd (end: bigint, exponent: number, isInverted: boolean): number {
  return isInverted ? nearestQuotient(1n, end, -exponent) : nearestQuotient(end, 1n, exponent)
}

interface Interval {
  readonly low: bigint
  readonly high: bigint
  readonly shift: bigint
}

/** `low` × 2^`shift` ≤ `odd`^`times` ≤ `high` × 2^`shift`, with at most `bits` bits each, and one more. */
function interval (odd: bigint, times: bigint, bits: number): Interval {
  let low = 1n
  let shift = 0n
  for (const digit of times.toString(2)) {
    low *= low
    shift *= 2n
    if (digit === '1') low *= odd
    const excess = BigInt(bitLength(low) - bits)
    if (excess <= 0n) continue
    low >>= excess
    shift += excess
  }
  // A cut takes less than 2^(1-bits) of the value, which the steps that follow raise to the rest of `times`: all cuts
  // together less than 4 × times × 2^(1-bits), of a value below 2^bits.
  return { low, high: shift === 0n ? low : low + 16n * times, shift }
}
