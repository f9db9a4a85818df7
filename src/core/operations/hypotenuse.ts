import { type Magnitude, magnitudeOf, nearestRoot } from './exact.js'

const EXACT_BELOW = 2 ** 53

/** Below this ratio the shorter leg adds less than 2^-61 of the longer one, which is lost in rounding. */
const NEGLIGIBLE = 2 ** -30

/** √(x² + y²), rounded once. `Math.hypot` rounds at each step: for 20 and 99 it returns 100.99999999999999. */
export function hypotenuse (left: number, right: number): number {
  const [one, other] = [Math.abs(left), Math.abs(right)]
  const squares = one * one + other * other
  if (Number.isInteger(one) && Number.isInteger(other) && squares <= EXACT_BELOW) return Math.sqrt(squares)
  const [shorter, longer] = one < other ? [one, other] : [other, one]
  if (shorter === 0 || shorter < longer * NEGLIGIBLE) return longer
  const [short, long] = [magnitudeOf(shorter), magnitudeOf(longer)]
  const exponent = Math.min(short.exponent, long.exponent)
  return nearestRoot(squareOf(short, exponent) + squareOf(long, exponent), exponent)
}

/** In units of 2^`unit`, squared. */
function squareOf ({ odd, exponent }: Magnitude, unit: number): bigint {
  const leg = odd << BigInt(exponent - unit)
  return leg * leg
}
