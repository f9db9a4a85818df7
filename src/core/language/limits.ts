/** How large an expression may be before it is refused. Whole numbers, at least 1. */
export interface Limits {
  /** Length of the source text, in UTF-16 units as JavaScript counts them. */
  readonly length: number
  /**
   * Parentheses, signs and operations that wait at once for what follows them: `(1+2*3)` has a
   * depth of 3. It is the height of the parser's stack.
   */
  readonly syntaxDepth: number
  /** Operations that agents would have to do. */
  readonly operations: number
  /** Operations that depend on one another, along the longest chain of them. */
  readonly planDepth: number
}

/**
 * Everything between source and plan is linear, so the limits bound memory, not the stack. One
 * operation costs a server about 0.5 kB as long as its expression is open. A generated sum of
 * 100,000 terms must fit with room to spare, and 100,000 parentheses around it as well; five
 * characters a term is what such a text has. A text of 1,000,000 characters stays far below the
 * default limit of a request's body.
 */
export const DEFAULT_LIMITS: Limits = {
  length: 1_000_000,
  syntaxDepth: 200_000,
  operations: 200_000,
  planDepth: 200_000
}
