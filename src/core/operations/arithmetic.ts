import type { OperationDefinition, RefusalCode } from './definition.js'
import { power } from './power.js'

/** Slightly above 1024, so that rounding of two logarithms never refuses a result that fits. */
const CERTAIN_OVERFLOW = 1024.000001

/** The operators. */
export const ARITHMETIC: readonly OperationDefinition[] = [
  {
    symbol: '+',
    name: 'addition',
    arity: 2,
    timeSetting: 'TIME_ADDITION_MS',
    infix: { precedence: 10, associativity: 'left', spellings: [] },
    commutative: true,
    compute: (left, right) => left + right,
    refusal: (left, right) => sumOverflows(left, right) ? 'result_out_of_range' : null
  },
  {
    symbol: '-',
    name: 'subtraction',
    arity: 2,
    timeSetting: 'TIME_SUBTRACTION_MS',
    infix: { precedence: 10, associativity: 'left', spellings: ['−'] },
    compute: (left, right) => left - right,
    refusal: (left, right) => sumOverflows(left, -right) ? 'result_out_of_range' : null
  },
  {
    symbol: '*',
    name: 'multiplication',
    arity: 2,
    timeSetting: 'TIME_MULTIPLICATIONS_MS',
    infix: { precedence: 20, associativity: 'left', spellings: ['×', '·', '∙', '•'] },
    commutative: true,
    compute: (left, right) => left * right,
    refusal: (left, right) => exponentOf(left) + exponentOf(right) > CERTAIN_OVERFLOW ? 'result_out_of_range' : null
  },
  {
    symbol: '/',
    name: 'division',
    arity: 2,
    timeSetting: 'TIME_DIVISIONS_MS',
    infix: { precedence: 20, associativity: 'left', spellings: ['÷'] },
    compute: (left, right) => left / right,
    refusal: (left, right) => {
      if (right === 0) return 'division_by_zero'
      return exponentOf(left) - exponentOf(right) > CERTAIN_OVERFLOW ? 'result_out_of_range' : null
    }
  },
  {
    symbol: '%',
    name: 'modulo',
    arity: 2,
    timeSetting: 'TIME_MODULO_MS',
    infix: { precedence: 20, associativity: 'left', spellings: [] },
    compute: modulo,
    refusal: (_left, right) => right === 0 ? 'division_by_zero' : null
  },
  {
    symbol: '^',
    name: 'exponentiation',
    arity: 2,
    timeSetting: 'TIME_EXPONENTIATION_MS',
    infix: { precedence: 40, associativity: 'right', spellings: ['**'] },
    call: { names: ['pow'], parameters: 'x, y', least: 2, most: 2 },
    domain: 'a negative base needs an integer exponent',
    compute: power,
    refusal: powerRefusal
  }
]

/** The binary exponent of |value|, as a real number: precise enough to predict an overflow. */
function exponentOf (value: number): number {
  return Math.log2(Math.abs(value))
}

/** Halves cannot overflow, and halving a double this large is exact. */
function sumOverflows (left: number, right: number): boolean {
  return Math.abs(left / 2 + right / 2) > Number.MAX_VALUE / 2
}

/** JavaScript's remainder is exact and has the sign of the dividend. */
function modulo (left: number, right: number): number {
  const remainder = left % right
  return Math.sign(remainder) === -Math.sign(right) ? remainder + right : remainder
}

function powerRefusal (base: number, exponent: number): RefusalCode | null {
  if (base === 0) return exponent < 0 ? 'division_by_zero' : null
  if (base < 0 && !Number.isInteger(exponent)) return 'domain_error'
  return exponentOf(base) * exponent > CERTAIN_OVERFLOW ? 'result_out_of_range' : null
}
