/**
 * THE table of operations: it drives lexer, parser, planner, agents, settings and the API. It has
 * no imports, so that an agent may share it without knowing anything else of core.
 *
 * `compute` does the work, and only agents call it. `refusal` sees from the operands alone that
 * there is no finite result, without doing the operation: an orchestrator must know that before it
 * hands the task out, because JSON has no Infinity, so a plain agent could never report it.
 */
export interface OperationDefinition {
  /** What travels in a task's `operation`, and the canonical spelling in a source text. */
  readonly symbol: string
  /** For people and for `GET /api/v1/operations`. */
  readonly name: string
  readonly arity: 1 | 2
  /** The setting that says how long one of these takes, in ms. */
  readonly timeSetting: string
  /** How the operation is written between two operands; absent where it is not. */
  readonly infix?: Infix
  compute (left: number, right: number): number
  /** A code of `core/errors.ts`, or null where only the work itself can tell. */
  refusal (left: number, right: number): 'division_by_zero' | 'result_out_of_range' | null
}

export interface Infix {
  /** Higher binds tighter. Unary signs stand at `UNARY_PRECEDENCE`. */
  readonly precedence: number
  readonly associativity: 'left' | 'right'
  /** Other spellings, as people paste them. */
  readonly spellings: readonly string[]
}

/** Unary + and − bind tighter than × and ÷ and looser than a power (`-3^2` is −9). */
export const UNARY_PRECEDENCE = 30

/** A little above 1024, so that the rounding of two logarithms never refuses what would just fit. */
const CERTAIN_OVERFLOW = 1024.000001

/** The binary exponent of |value|, as a real number: enough to see an overflow coming. */
function exponentOf (value: number): number {
  return Math.log2(Math.abs(value))
}

const DEFINITIONS: readonly OperationDefinition[] = [
  {
    symbol: '+',
    name: 'addition',
    arity: 2,
    timeSetting: 'TIME_ADDITION_MS',
    infix: { precedence: 10, associativity: 'left', spellings: [] },
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
  }
]

/** Halves cannot overflow, and halving a double this large is exact. */
function sumOverflows (left: number, right: number): boolean {
  return Math.abs(left / 2 + right / 2) > Number.MAX_VALUE / 2
}

/** Every operation by its symbol, in the order in which the API lists them. */
export const OPERATIONS: ReadonlyMap<string, OperationDefinition> =
  new Map(DEFINITIONS.map(definition => [definition.symbol, definition]))

/** What an agent that does not say what it can do is given: the four of the plain contract. */
export const BASIC_SYMBOLS: readonly string[] = ['+', '-', '*', '/']

/** The definition of `symbol`; throws for one that is not in the table, which a plan never holds. */
export function operationOf (symbol: string): OperationDefinition {
  const definition = OPERATIONS.get(symbol)
  if (definition === undefined) throw new RangeError(`There is no operation "${symbol}"`)
  return definition
}
