/**
 * Converts doubles to integers times powers of two, and back with a single rounding. The computation in between is
 * exact, so the result is the double nearest to the true value.
 */

/** |value| = `odd` × 2^`exponent`. */
export interface Magnitude {
  readonly odd: bigint
  readonly exponent: number
}

/** Bits of a quotient or a root; of the bits beyond, only whether one is set matters. */
const BITS = 66

/** Significant bits of a double. */
const PRECISION = 53

/** The smallest double is 2^-1074; below 2^-1022 doubles have fewer significant bits. */
const LEAST_EXPONENT = -1074

const view = new DataView(new ArrayBuffer(8))

/** @param value finite and not 0 */
export function magnitudeOf (value: number): Magnitude {
  view.setFloat64(0, value)
  const biased = view.getUint16(0) >> 4 & 0x7FF
  const fraction = BigInt.asUintN(52, view.getBigUint64(0))
  const whole = biased === 0 ? fraction : fraction | 1n << 52n
  const zeros = trailingZeros(whole)
  return { odd: whole >> BigInt(zeros), exponent: Math.max(biased, 1) - 1075 + zeros }
}

/** The double nearest to `numerator` / `denominator` × 2^`exponent`, ties to even; Infinity if it is too large. */
export function nearestQuotient (numerator: bigint, denominator: bigint, exponent: number): number {
  if (denominator === 1n) return nearest(numerator, exponent, false)
  const shift = Math.max(0, BITS + bitLength(denominator) - bitLength(numerator))
  const dividend = numerator << BigInt(shift)
  const quotient = dividend / denominator
  return nearest(quotient, exponent - shift, quotient * denominator !== dividend)
}

/** The double nearest to √`square` × 2^`exponent`, likewise. `square` is above 0. */
export function nearestRoot (square: bigint, exponent: number): number {
  const shift = Math.max(0, BITS - (bitLength(square) >> 1))
  const shifted = square << BigInt(2 * shift)
  const root = squareRoot(shifted)
  return nearest(root, exponent - shift, root * root !== shifted)
}

export function bitLength (value: bigint): number {
  const digits = value.toString(16)
  return digits.length * 4 - Math.clz32(parseInt(digits[0]!, 16)) + 28
}

/** @param hasRest whether the true value is above `whole` × 2^`exponent`, by less than one unit of `whole` */
function nearest (whole: bigint, exponent: number, hasRest: boolean): number {
  const unit = Math.max(exponent + bitLength(whole) - PRECISION, LEAST_EXPONENT)
  const cut = unit - exponent
  // Only a double or an exact product is this short, and then there is no remainder.
  if (cut <= 0) return scaled(Number(whole), exponent)
  const kept = whole >> BigInt(cut)
  const rest = whole - (kept << BigInt(cut))
  const half = 1n << BigInt(cut - 1)
  const isUp = rest > half || (rest === half && (hasRest || (kept & 1n) === 1n))
  return scaled(Number(isUp ? kept + 1n : kept), unit)
}

/** `whole` × 2^`exponent`, a double or too large for one. In two steps, because 2^1024 is not a double. */
function scaled (whole: number, exponent: number): number {
  return whole * 2 ** Math.min(exponent, 971) * 2 ** Math.max(0, exponent - 971)
}

/** Newton's method from above; it decreases to the root, rounded down. */
function squareRoot (value: bigint): bigint {
  for (let root = 1n << BigInt((bitLength(value) + 1) >> 1); ;) {
    const next = (root + value / root) >> 1n
    if (next >= root) return root
    root = next
  }
}

function trailingZeros (value: bigint): number {
  const low = Number(BigInt.asUintN(32, value))
  if (low !== 0) return 31 - Math.clz32(low & -low)
  return 32 + trailingZeros(value >> 32n)
}
