/** Where something stands in the source text, in UTF-16 units from 0. */
export interface SourceRange {
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

export type SyntaxNode = Literal | Name | Negation | InfixOperation | FunctionCall

/** A number as written: finite, never negative. Its place is the number's. */
export interface Literal extends SourceRange {
  readonly kind: 'literal'
  readonly value: number
}

/** A variable or a constant. */
export interface Name extends SourceRange {
  readonly kind: 'name'
  readonly name: string
}

/** A unary minus. Its place is the sign's. */
export interface Negation extends SourceRange {
  readonly kind: 'negation'
  readonly operand: number
}

/**
 * An operation written between its operands, or called by a name although it can be (`pow(x, y)`).
 * Its place is that of the operator or the name.
 */
export interface InfixOperation extends SourceRange {
  readonly kind: 'operation'
  /** A symbol of the operations table that has an `infix`. */
  readonly symbol: string
  readonly left: number
  readonly right: number
}

/** A function that has no operator. Its place is the name's. */
export interface FunctionCall extends SourceRange {
  readonly kind: 'call'
  /** A symbol of the operations table that has a `call` and no `infix`. */
  readonly symbol: string
  /** As many as `call` allows. */
  readonly operands: readonly number[]
}
