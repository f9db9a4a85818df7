/** Rational numbers to check roundings with. They share no code with what rounds. */
export interface Exact {
  readonly numerator: bigint
  /** Above 0. */
  readonly denominator: bigint
}

export function quotient (numerator: bigint, denominator: bigint): Exact {
  return denominator < 0n ? { numerator: -numerator, denominator: -denominator } : { numerator, denominator }
}

/** A finite double, exactly. */
export function rational (value: number): Exact {
  let numerator = value
  let denominator = 1n
  // Doubling is exact.
  for (; !Number.isInteger(numerator); numerator *= 2) denominator *= 2n
  return { numerator: BigInt(numerator), denominator }
}

/** Whether `result` is the double nearest to `exact`, ties to even; Infinity stands where 2^1024 would. */
export function isNearest (result: number, { numerator, denominator }: Exact): boolean {
  if (result !== 0 && (result < 0) !== (numerator < 0n)) return false
  const magnitude = { numerator: numerator < 0n ? -numerator : numerator, denominator }
  return isNearestBy(result, edge => compare(magnitude, edge))
}

/** Whether `result` is the double nearest to the root of `square`. */
export function isNearestRoot (result: number, square: Exact): boolean {
  return isNearestBy(result, ({ numerator, denominator }) =>
    compare(square, { numerator: numerator ** 2n, denominator: denominator ** 2n }))
}

/** @param compareWith how the true magnitude compares with a point */
function isNearestBy (result: number, compareWith: (edge: Exact) => number): boolean {
  const bits = bitsOf(Math.abs(result))
  const isOdd = bits % 2n === 1n
  const isAbove = bits === 0n || compareWith(halfway(bits - 1n)) >= (isOdd ? 1 : 0)
  const isBelow = Math.abs(result) === Infinity || compareWith(halfway(bits)) <= (isOdd ? -1 : 0)
  return isAbove && isBelow
}

const view = new DataView(new ArrayBuffer(8))

/** As an integer, which counts the doubles from 0 up. */
function bitsOf (value: number): bigint {
  view.setFloat64(0, value)
  return view.getBigUint64(0)
}

/** Infinity, which follows the largest double, counts as 2^1024. */
function valueOf (bits: bigint): Exact {
  view.setBigUint64(0, bits)
  const value = view.getFloat64(0)
  return value === Infinity ? { numerator: 2n ** 1024n, denominator: 1n } : rational(value)
}

/** The point halfway between a double and the next one. */
function halfway (bits: bigint): Exact {
  const [one, other] = [valueOf(bits), valueOf(bits + 1n)]
  return {
    numerator: one.numerator * other.denominator + other.numerator * one.denominator,
    denominator: 2n * one.denominator * other.denominator
  }
}

function compare (one: Exact, other: Exact): number {
  const difference = one.numerator * other.denominator - other.numerator * one.denominator
  return difference === 0n ? 0 : difference < 0n ? -1 : 1
}
