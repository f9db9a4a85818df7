/** A range of the source text, in UTF-16 units from 0. */
export interface SourceRange {
  readonly position: number
  readonly length: number
}

/**
 * A parsed expression: its nodes in postfix order. Operands are indices of earlier nodes, and the last node is the
 * root, so every traversal is a loop. Parentheses and unary plus leave no node: texts of equal structure differ only
 * in their ranges.
 *
 * Plain objects are the simplest to read and extend; 200,000 of them take about 15 MB while the plan is made.
 */
export type Syntax = readonly SyntaxNode[]

export type SyntaxNode = Literal | Name | Negation | InfixOperation | FunctionCall

/** A number as written: finite, never negative. */
export interface Literal extends SourceRange {
  readonly kind: 'literal'
  readonly value: number
}

/** A variable or a constant. */
export interface Name extends SourceRange {
  readonly kind: 'name'
  readonly name: string
}

/** A unary minus. Its range is that of the sign. */
export interface Negation extends SourceRange {
  readonly kind: 'negation'
  readonly operand: number
}

/**
 * An operation with an operator, also when it is called by a name (`pow(x, y)`). Its range is that of the operator or
 * the name.
 */
export interface InfixOperation extends SourceRange {
  readonly kind: 'operation'
  /** A symbol of the operations table that has an `infix`. */
  readonly symbol: string
  readonly left: number
  readonly right: number
}

/** A function without an operator. Its range is that of the name. */
export interface FunctionCall extends SourceRange {
  readonly kind: 'call'
  /** A symbol of the operations table that has a `call` and no `infix`. */
  readonly symbol: string
  /** Their number is within the bounds of `call`. */
  readonly operands: readonly number[]
}
