/** A row of the table of operations: all that the program knows of one. */
export interface OperationDefinition {
  /** What travels in a task's `operation`; for one that is written between operands, its canonical spelling. */
  readonly symbol: string
  /** For people and for `GET /api/v1/operations`. */
  readonly name: string
  readonly arity: 1 | 2
  /** The setting that says how long one of these takes, in ms; functions share one. */
  readonly timeSetting: string
  /** How the operation is written between two operands; absent where it is not. */
  readonly infix?: Infix
  /** How it is written as a function; absent where it is not. One without this and `infix` is not in the language. */
  readonly call?: Call
  /** True where exchanging the operands never changes a bit of the result. */
  readonly commutative?: true
  /** True where the result is how long the work took (ms, whole), as measured by the agent. */
  readonly isMeasured?: true
  /** True for work that has a name beside its operands, the text of the expression, which agents receive. */
  readonly isNamed?: true
  /** Which operands it takes, as the end of a sentence; present if `refusal` may be `domain_error`. */
  readonly domain?: string
  /** The work; with one operand, `right` is ignored. May return −0, which callers make 0. */
  compute (left: number, right: number): number
  /** Why there is no finite result; null where there is one, or only the work can tell. */
  refusal (left: number, right: number): RefusalCode | null
}

/** Codes of `core/errors.ts`. */
export type RefusalCode = 'division_by_zero' | 'result_out_of_range' | 'domain_error'

export interface Infix {
  /** Higher binds tighter. Unary signs stand at `UNARY_PRECEDENCE`. */
  readonly precedence: number
  readonly associativity: 'left' | 'right'
  /** Other spellings, as people write or paste them. */
  readonly spellings: readonly string[]
}

export interface Call {
  /** The first is the canonical one. */
  readonly names: readonly [string, ...string[]]
  /** For people: `x[, base]`. */
  readonly parameters: string
  /** How many arguments it takes. More than the operation has operands are joined two by two. */
  readonly least: number
  readonly most: number
  /** The second operand where only one argument is written. */
  readonly byDefault?: number
}

/** Unary + and − bind tighter than × and ÷ and looser than a power (`-3^2` is −9). */
export const UNARY_PRECEDENCE = 30

/** One setting for all functions, instead of forty. */
export const FUNCTION_TIME = 'TIME_FUNCTIONS_MS'

/** For an operation that has a finite result whatever its operands are. */
export function neverRefused (): null {
  return null
}
