import { FUNCTION_TIME, type OperationDefinition, neverRefused } from './definition.js'
import { hypotenuse } from './hypotenuse.js'
import { power } from './power.js'

type Unary = Pick<OperationDefinition, 'symbol' | 'name'> & Partial<Pick<OperationDefinition, 'domain' | 'refusal'>> & {
  compute (operand: number): number
}

/** A function of one operand, called by its symbol. */
export function unary (definition: Unary): OperationDefinition {
  const { symbol } = definition
  return {
    arity: 1,
    timeSetting: FUNCTION_TIME,
    call: { names: [symbol], parameters: 'x', least: 1, most: 1 },
    refusal: neverRefused,
    ...definition
  }
}

/** The largest integer whose factorial is in the range of a double. */
const LARGEST_FACTORIAL = 170

/** Each is rounded once from its exact value; a chain of products would round at every step. */
const FACTORIALS: readonly number[] = createFactorials()

/** The limit of fdlibm, so that no result that fits is refused. */
const LARGEST_EXPONENT = Math.log(Number.MAX_VALUE)

/** Slightly above the largest double, in units of its half: the value compared with it is rounded more than once. */
const CERTAIN_OVERFLOW = 1.000000001

/** The functions that are not trigonometric. */
export const FUNCTIONS: readonly OperationDefinition[] = [
  unary({
    symbol: 'sqrt',
    name: 'square root',
    domain: 'the argument must be at least 0',
    compute: Math.sqrt,
    refusal: operand => operand < 0 ? 'domain_error' : null
  }),
  unary({ symbol: 'cbrt', name: 'cube root', compute: Math.cbrt }),
  unary({ symbol: 'abs', name: 'absolute value', compute: Math.abs }),
  unary({ symbol: 'ceil', name: 'rounding up', compute: Math.ceil }),
  unary({ symbol: 'floor', name: 'rounding down', compute: Math.floor }),
  unary({ symbol: 'round', name: 'rounding to the nearest, halves away from zero', compute: round }),
  unary({ symbol: 'trunc', name: 'rounding towards zero', compute: Math.trunc }),
  unary({ symbol: 'sign', name: 'sign', compute: Math.sign }),
  unary({
    symbol: 'exp',
    name: 'exponential function',
    compute: Math.exp,
    refusal: operand => operand > LARGEST_EXPONENT ? 'result_out_of_range' : null
  }),
  {
    symbol: 'log',
    name: 'logarithm',
    arity: 2,
    timeSetting: FUNCTION_TIME,
    // The natural logarithm is the logarithm to base E, so that one operation serves both.
    call: { names: ['log'], parameters: 'x[, base]', least: 1, most: 2, byDefault: Math.E },
    domain: 'the argument must be above 0, and the base above 0 and not 1',
    compute: logarithm,
    refusal: (operand, base) => operand <= 0 || base <= 0 || base === 1 ? 'domain_error' : null
  },
  unary({
    symbol: 'log2',
    name: 'logarithm to base 2',
    domain: 'the argument must be above 0',
    compute: Math.log2,
    refusal: operand => operand <= 0 ? 'domain_error' : null
  }),
  unary({
    symbol: 'log10',
    name: 'logarithm to base 10',
    domain: 'the argument must be above 0',
    compute: Math.log10,
    refusal: operand => operand <= 0 ? 'domain_error' : null
  }),
  unary({
    symbol: 'fac',
    name: 'factorial',
    domain: 'the argument must be an integer of at least 0',
    compute: operand => FACTORIALS[operand] ?? Infinity,
    refusal: operand => {
      if (operand < 0 || !Number.isInteger(operand)) return 'domain_error'
      return operand > LARGEST_FACTORIAL ? 'result_out_of_range' : null
    }
  }),
  {
    symbol: 'min',
    name: 'minimum',
    arity: 2,
    timeSetting: FUNCTION_TIME,
    call: { names: ['min'], parameters: 'x, …', least: 1, most: Infinity },
    commutative: true,
    compute: Math.min,
    refusal: neverRefused
  },
  {
    symbol: 'max',
    name: 'maximum',
    arity: 2,
    timeSetting: FUNCTION_TIME,
    call: { names: ['max'], parameters: 'x, …', least: 1, most: Infinity },
    commutative: true,
    compute: Math.max,
    refusal: neverRefused
  },
  {
    symbol: 'hypot',
    name: 'hypotenuse',
    arity: 2,
    timeSetting: FUNCTION_TIME,
    call: { names: ['hypot', 'pyt'], parameters: 'x, y', least: 2, most: 2 },
    compute: hypotenuse,
    refusal: (left, right) => hypotenuseOverflows(left, right) ? 'result_out_of_range' : null
  }
]

/** Math.round rounds halves up, which is towards zero for negative numbers. */
function round (operand: number): number {
  return Math.sign(operand) * Math.round(Math.abs(operand))
}

/**
 * The quotient of two rounded logarithms, or the adjacent integer if that is exact. Only the adjacent integer is tried:
 * near the smallest double, rounding makes powers with distant exponents equal.
 */
function logarithm (operand: number, base: number): number {
  if (base === Math.E) return Math.log(operand)
  const quotient = Math.log(operand) / Math.log(base)
  const whole = Math.round(quotient)
  const isBeside = Math.abs(quotient - whole) <= 4 * Number.EPSILON * Math.abs(whole)
  return isBeside && power(base, whole) === operand ? whole : quotient
}

function hypotenuseOverflows (left: number, right: number): boolean {
  const [smaller, larger] = [Math.abs(left), Math.abs(right)].sort((one, other) => one - other) as [number, number]
  return larger / 2 * Math.sqrt(1 + (smaller / larger) ** 2) > Number.MAX_VALUE / 2 * CERTAIN_OVERFLOW
}

function createFactorials (): number[] {
  const factorials = [1]
  for (let count = 1, exact = 1n; count <= LARGEST_FACTORIAL; count++) {
    exact *= BigInt(count)
    factorials.push(Number(exact))
  }
  return factorials
}
