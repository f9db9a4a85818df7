import { FUNCTION_TIME, type OperationDefinition, neverRefused } from './definition.js'
import { unary } from './functions.js'

const DEGREE = Math.PI / 180

const WITHIN_ONE = 'the argument must be between -1 and 1'

function beyondOne (operand: number): 'domain_error' | null {
  return Math.abs(operand) > 1 ? 'domain_error' : null
}

/** Angles are in radians; in degrees if the name ends in `d`. */
export const TRIGONOMETRY: readonly OperationDefinition[] = [
  unary({ symbol: 'sin', name: 'sine', compute: Math.sin }),
  unary({ symbol: 'cos', name: 'cosine', compute: Math.cos }),
  unary({ symbol: 'tan', name: 'tangent', compute: Math.tan }),
  unary({ symbol: 'asin', name: 'arc sine', domain: WITHIN_ONE, compute: Math.asin, refusal: beyondOne }),
  unary({ symbol: 'acos', name: 'arc cosine', domain: WITHIN_ONE, compute: Math.acos, refusal: beyondOne }),
  unary({ symbol: 'atan', name: 'arc tangent', compute: Math.atan }),
  {
    symbol: 'atan2',
    name: 'angle of a point',
    arity: 2,
    timeSetting: FUNCTION_TIME,
    call: { names: ['atan2'], parameters: 'y, x', least: 2, most: 2 },
    compute: Math.atan2,
    refusal: neverRefused
  },
  unary({ symbol: 'sind', name: 'sine of degrees', compute: sineOfDegrees }),
  unary({ symbol: 'cosd', name: 'cosine of degrees', compute: cosineOfDegrees }),
  unary({
    symbol: 'tand',
    name: 'tangent of degrees',
    domain: 'the argument must not be 90 plus a multiple of 180',
    compute: tangentOfDegrees,
    refusal: operand => Math.abs(operand % 180) === 90 ? 'domain_error' : null
  }),
  unary({
    symbol: 'asind',
    name: 'arc sine in degrees',
    domain: WITHIN_ONE,
    compute: operand => degrees(Math.asin(operand), operand, sineOfDegrees),
    refusal: beyondOne
  }),
  unary({
    symbol: 'acosd',
    name: 'arc cosine in degrees',
    domain: WITHIN_ONE,
    compute: operand => degrees(Math.acos(operand), operand, cosineOfDegrees),
    refusal: beyondOne
  }),
  unary({
    symbol: 'atand',
    name: 'arc tangent in degrees',
    compute: operand => degrees(Math.atan(operand), operand, tangentOfDegrees)
  })
]

/** An angle as quarter turns (0 to 3) and a remainder from −45 to 45 degrees. Both are exact. */
function quartersOf (angle: number): { readonly quarter: number, readonly rest: number } {
  const turn = angle % 360
  const quarters = Math.round(turn / 90)
  return { quarter: (quarters + 4) % 4, rest: turn - quarters * 90 }
}

function sineOfDegrees (angle: number): number {
  const { quarter, rest } = quartersOf(angle)
  const sine = quarter % 2 === 0 ? sineOfRest(rest) : cosineOfRest(rest)
  return quarter < 2 ? sine : -sine
}

function cosineOfDegrees (angle: number): number {
  const { quarter, rest } = quartersOf(angle)
  const cosine = quarter % 2 === 0 ? cosineOfRest(rest) : sineOfRest(rest)
  return quarter === 1 || quarter === 2 ? -cosine : cosine
}

function tangentOfDegrees (angle: number): number {
  const { quarter, rest } = quartersOf(angle)
  if (quarter % 2 === 0) return tangentOfRest(rest)
  return Math.abs(rest) === 30 ? -Math.sign(rest) * Math.sqrt(3) : -1 / tangentOfRest(rest)
}

/** Multiples of 30 and 45 degrees are not exact in radians, so their values are given. */
function sineOfRest (rest: number): number {
  if (Math.abs(rest) === 30) return Math.sign(rest) / 2
  if (Math.abs(rest) === 45) return Math.sign(rest) * Math.SQRT1_2
  return Math.sin(rest * DEGREE)
}

function cosineOfRest (rest: number): number {
  if (Math.abs(rest) === 30) return Math.sqrt(3) / 2
  if (Math.abs(rest) === 45) return Math.SQRT1_2
  return Math.cos(rest * DEGREE)
}

function tangentOfRest (rest: number): number {
  if (Math.abs(rest) === 30) return Math.sign(rest) * 0.5773502691896257
  if (Math.abs(rest) === 45) return Math.sign(rest)
  return Math.tan(rest * DEGREE)
}

/** An angle in degrees, as an integer if the function of that integer is the operand. */
function degrees (radians: number, operand: number, inverse: (angle: number) => number): number {
  const angle = radians / DEGREE
  const whole = Math.round(angle)
  return inverse(whole) === operand ? whole : angle
}
