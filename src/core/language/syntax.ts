/** Where something stands in the source text, in UTF-16 units from 0. */
export interface Place {
  readonly position: number
  readonly length: number
}

/**
 * A parsed expression: its nodes in the order in which they can be worked out, left before right
 * before what joins them. The last one is the whole. Operands are indices of earlier nodes, so
 * whatever walks the nodes is a loop. Parentheses and unary plus leave no node, which makes two
 * texts of the same structure equal but for their places.
 *
 * Plain objects, because they are what is easiest to read and extend: 200,000 of them take about
 * 15 MB for as long as it takes to plan them.
 */
export type Syntax = readonly SyntaxNode[]

export type SyntaxNode = Literal | Negation | InfixOperation

/** A number as written: finite, never negative. Its place is the number's. */
export interface Literal extends Place {
  readonly kind: 'literal'
  readonly value: number
}

/** A unary minus. Its place is the sign's. */
export interface Negation extends Place {
  readonly kind: 'negation'
  readonly operand: number
}

/** An operation written between its operands. Its place is the operator's. */
export interface InfixOperation extends Place {
  readonly kind: 'operation'
  /** A symbol of the operations table that has an `infix`. */
  readonly symbol: string
  readonly left: number
  readonly right: number
}
