/** A row of the table of operations: everything that the program knows about an operation. */
export interface OperationDefinition {
  /** The `operation` of a task in the worker protocol; for an operator, its canonical spelling. */
  readonly symbol: string
  /** Display name, also in `GET /api/v1/operations`. */
  readonly name: string
  readonly arity: 1 | 2
  /** The setting of its duration in ms; functions share one. */
  readonly timeSetting: string
  /** Its form as an operator, if it has one. */
  readonly infix?: Infix
  /** Its form as a function, if it has one. An operation without `infix` and `call` is not in the language. */
  readonly call?: FunctionForm
  /** Exchanging the operands never changes a bit of the result. */
  readonly commutative?: true
  /** The result is the duration that the agent measured, in whole ms. */
  readonly isMeasured?: true
  /** A task of it has a name, the submitted text, which agents receive. */
  readonly isNamed?: true
  /** The allowed operands, as a clause; present if `refusal` can return `domain_error`. */
  readonly domain?: string
  /** The result; an operation with one operand ignores `right`. May be −0, which callers replace by 0. */
  compute (left: number, right: number): number
  /** Why there is no finite result; null if there is one, or if only `compute` can tell. */
  refusal (left: number, right: number): RefusalCode | null
}

/** Codes of `core/errors.ts`. */
export type RefusalCode = 'division_by_zero' | 'result_out_of_range' | 'domain_error'

export interface Infix {
  /** Higher binds tighter. Unary signs have `UNARY_PRECEDENCE`. */
  readonly precedence: number
  readonly associativity: 'left' | 'right'
  /** Other spellings, as in pasted text. */
  readonly spellings: readonly string[]
}

export interface FunctionForm {
  /** The first is canonical. */
  readonly names: readonly [string, ...string[]]
  /** For messages: `x[, base]`. */
  readonly parameters: string
  /** The number of arguments. More arguments than operands become a tree of operations. */
  readonly least: number
  readonly most: number
  /** The second operand if there is only one argument. */
  readonly byDefault?: number
}

/** Unary + and − bind tighter than × and ÷ and looser than a power (`-3^2` is −9). */
export const UNARY_PRECEDENCE = 30

/** One setting for all functions instead of thirty. */
export const FUNCTION_TIME = 'TIME_FUNCTIONS_MS'

/** For an operation that has a finite result for all operands. */
export function neverRefused (): null {
  return null
}
