/** Size limits of an expression; larger ones are refused. Integers, at least 1. */
export interface Limits {
  /** Length of the source text, in UTF-16 units as JavaScript counts them. */
  readonly length: number
  /** Height of the parser's stack: parentheses, signs and operators open at once. `(1+2*3)` has a depth of 3. */
  readonly syntaxDepth: number
  /** Operations of the plan. */
  readonly operations: number
  /** Operations along the longest chain of dependent operations. */
  readonly planDepth: number
}

/**
 * Everything from source to plan is linear and free of recursion, so the limits bound memory, not the call stack. An
 * operation of an unfinished expression takes about 0.5 kB. The defaults leave room for a generated sum of 100,000
 * terms of five characters within 100,000 parentheses. A text of 1,000,000 characters stays far below the default
 * limit of a request body.
 */
export const DEFAULT_LIMITS: Limits = {
  length: 1_000_000,
  syntaxDepth: 200_000,
  operations: 200_000,
  planDepth: 200_000
}
