import { type Magnitude, bitLength, magnitudeOf, nearestQuotient } from './exact.js'

/** Beyond these, a power is Infinity or 0, regardless of rounding in a logarithm. */
const CERTAIN_OVERFLOW = 1025
const CERTAIN_UNDERFLOW = -1076

const EXACT_BELOW = 2 ** 53

/** More bits than a double has, so that a second attempt is rarely needed. */
const SPARE_BITS = 128

/**
 * As in IEEE 754, 0^0 is 1. An integer power is the double nearest to the true value; others are as accurate as `**`,
 * which may be off in the last bit.
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

/** The power of an integer as a product of doubles, as long as no step rounds; the most common case. */
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
 * Ziv's method: computes the power with extra bits, as an interval around the true value. If both ends round to the
 * same double, it is the nearest one; otherwise more bits are used. This terminates, because only a power of few bits
 * can be halfway between two doubles, and such a power is not truncated.
 */
function nearestPower ({ odd, exponent }: Magnitude, times: number, isInverted: boolean): number {
  const count = BigInt(times)
  // The exponents of two cancel out; each alone may exceed 2^53.
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
  // A truncation loses less than 2^(1-bits) of the value, which later steps raise to the rest of `times`. All of them
  // together lose less than 4 × times × 2^(1-bits), of a value below 2^bits.
  return { low, high: shift === 0n ? low : low + 16n * times, shift }
}
