import { type Infix, UNARY_PRECEDENCE, operationOf } from '../../../src/core/operations.js'
import type { Syntax, SyntaxNode } from '../../../src/core/language/syntax.js'

/**
 * The canonical text of a syntax: one spelling for each operator, a space on both sides, no unary plus, and the fewest
 * parentheses with which it parses to the same nodes. Linear in time.
 */
export function print (syntax: Syntax): string {
  const text: string[] = []
  /** A stack of what is left to print: text, or the index of a node. */
  const rest: Array<string | number> = [syntax.length - 1]

  function later (index: number, inParentheses: boolean): void {
    if (inParentheses) rest.push(')', index, '(')
    else rest.push(index)
  }

  for (let next = rest.pop(); next !== undefined; next = rest.pop()) {
    if (typeof next === 'string') {
      text.push(next)
      continue
    }
    const node = nodeAt(syntax, next)
    switch (node.kind) {
      case 'literal':
        text.push(String(node.value))
        break
      case 'name':
        text.push(node.name)
        break
      case 'call':
        text.push(nameOf(node.symbol), '(')
        rest.push(')')
        for (let index = node.operands.length - 1; index >= 0; index--) {
          later(node.operands[index]!, false)
          if (index > 0) rest.push(', ')
        }
        break
      case 'negation':
        later(node.operand, precedenceOf(nodeAt(syntax, node.operand)) < UNARY_PRECEDENCE)
        text.push('-')
        break
      case 'operation': {
        const infix = infixOf(node.symbol)
        later(node.right, wrapsRight(infix, nodeAt(syntax, node.right)))
        rest.push(` ${node.symbol} `)
        later(node.left, wrapsLeft(infix, nodeAt(syntax, node.left)))
      }
    }
  }
  return text.join('')
}

/**
 * Precedence alone decides, although a sign at the right end of `left` could capture the operator that follows: only
 * operators that bind tighter than a sign could be captured, and these are right-associative, so their left operand is
 * in parentheses anyway.
 */
function wrapsLeft (infix: Infix, left: SyntaxNode): boolean {
  const precedence = precedenceOf(left)
  return precedence < infix.precedence || (precedence === infix.precedence && infix.associativity === 'right')
}

/** A sign may stand wherever a value may: `2*-3`. */
function wrapsRight (infix: Infix, right: SyntaxNode): boolean {
  if (right.kind !== 'operation') return false
  const precedence = precedenceOf(right)
  return precedence < infix.precedence || (precedence === infix.precedence && infix.associativity === 'left')
}

function precedenceOf (node: SyntaxNode): number {
  switch (node.kind) {
    case 'literal':
    case 'name':
    case 'call': return Infinity
    case 'negation': return UNARY_PRECEDENCE
    case 'operation': return infixOf(node.symbol).precedence
  }
}

function infixOf (symbol: string): Infix {
  const { infix } = operationOf(symbol)
  if (infix === undefined) throw new RangeError(`"${symbol}" is not an infix operator`)
  return infix
}

function nameOf (symbol: string): string {
  const { call } = operationOf(symbol)
  if (call === undefined) throw new RangeError(`"${symbol}" is not a function`)
  return call.names[0]
}

function nodeAt (syntax: Syntax, index: number): SyntaxNode {
  const node = syntax[index]
  if (node === undefined) throw new RangeError(`The syntax has no node ${index}`)
  return node
}
