import { type DomainError, domainError } from '../errors.js'
import { type Infix, UNARY_PRECEDENCE } from '../operations.js'
import { OPERATOR_LIST, type OperatorToken, type Token, VOCABULARY, quote, readToken } from './lexer.js'
import type { Limits } from './limits.js'
import type { Place, Syntax, SyntaxNode } from './syntax.js'

/** What was read and waits for the value that follows it. */
type Pending = OpenParenthesis | PendingSign | PendingInfix

interface OpenParenthesis extends Place {
  readonly kind: 'parenthesis'
}

interface PendingSign extends Place {
  readonly kind: 'sign'
  readonly precedence: number
}

interface PendingInfix extends Place {
  readonly kind: 'infix'
  readonly precedence: number
  readonly symbol: string
}

/** What stands for ")" and for the end: below every operation. */
const LOWEST: Pick<Infix, 'precedence' | 'associativity'> = { precedence: 0, associativity: 'left' }

const EXPECTED_VALUE = 'a number, a name, a sign or "("'
const EXPECTED_OPERATION = `an operation before it (${OPERATOR_LIST})`

/**
 * Parses an expression by operator precedence (Dijkstra's shunting yard, 1961). Two stacks: what
 * waits for a value, and the values that wait to be joined. Linear in time.
 *
 * Every refusal is a DomainError whose data has `position` and `length` in UTF-16 units.
 *
 * @throws `expression_empty`, `unexpected_token`, `unexpected_end`, `parenthesis_unclosed`,
 *   `parenthesis_unopened`, `name_unknown`, `expression_too_long`, `expression_too_deep`, and what
 *   the lexer refuses.
 */
export function parse (source: string, limits: Pick<Limits, 'length' | 'syntaxDepth'>): Syntax {
  if (source.length > limits.length) {
    const { length: limit } = limits
    throw domainError('expression_too_long', {
      position: limit, length: source.length - limit, actual: source.length, limit
    })
  }
  const nodes: SyntaxNode[] = []
  /** Indices of the nodes that nothing has taken yet. */
  const values: number[] = []
  const pending: Pending[] = []

  function add (node: SyntaxNode): void {
    values.push(nodes.push(node) - 1)
  }

  function wait (entry: Pending): void {
    const limit = limits.syntaxDepth
    if (pending.push(entry) <= limit) return
    throw domainError('expression_too_deep', { position: entry.position, length: entry.length, limit })
  }

  /** Joins whatever binds its right side tighter than an operator that follows would. */
  function join ({ precedence, associativity }: Pick<Infix, 'precedence' | 'associativity'>): void {
    for (let top = pending.at(-1); top !== undefined; top = pending.at(-1)) {
      if (top.kind === 'parenthesis' || top.precedence < precedence) return
      if (top.precedence === precedence && associativity === 'right') return
      pending.pop()
      const { position, length } = top
      const right = values.pop()!
      if (top.kind === 'sign') add({ kind: 'negation', operand: right, position, length })
      else add({ kind: 'operation', symbol: top.symbol, left: values.pop()!, right, position, length })
    }
  }

  function isOpen (): boolean {
    return pending.some(({ kind }) => kind === 'parenthesis')
  }

  /** Reads where a value must stand; true when it has read one, false when it still has to come. */
  function readValue (token: Token): boolean {
    const { position, length } = token
    switch (token.kind) {
      case 'number':
        add({ kind: 'literal', value: token.value, position, length })
        return true
      case '(':
        wait({ kind: 'parenthesis', position, length })
        return false
      case 'operator':
        // A unary plus changes nothing, wherever it stands, so nothing has to wait for it.
        if (token.symbol === '+') return false
        if (token.symbol !== '-') break
        wait({ kind: 'sign', precedence: UNARY_PRECEDENCE, position, length })
        return false
      case 'name':
        throw domainError('name_unknown', { position, length, found: textOf(source, token), hint: VOCABULARY })
      case ')':
        if (isOpen()) break
        throw domainError('parenthesis_unopened', { position, length })
      case 'end':
        throw endedEarly(source, position)
    }
    throw domainError('unexpected_token', { ...foundIn(source, token), expected: EXPECTED_VALUE })
  }

  /** Reads behind a value; true when the value goes on, false when a new one must follow. */
  function readOperation (token: Exclude<Token, { kind: 'end' }>): boolean {
    const { position, length } = token
    switch (token.kind) {
      case 'operator':
        join(token.infix)
        wait(pendingInfix(token))
        return false
      case ')':
        join(LOWEST)
        if (pending.pop() === undefined) throw domainError('parenthesis_unopened', { position, length })
        return true
      default:
        throw domainError('unexpected_token', { ...foundIn(source, token), expected: EXPECTED_OPERATION })
    }
  }

  let afterValue = false
  for (let offset = 0; ;) {
    const token = readToken(source, offset)
    if (afterValue && token.kind === 'end') break
    afterValue = afterValue ? readOperation(token) : readValue(token)
    offset = token.position + token.length
  }
  join(LOWEST)
  const open = pending.at(-1)
  if (open !== undefined) throw domainError('parenthesis_unclosed', { position: open.position, length: open.length })
  return nodes
}

function pendingInfix ({ symbol, infix, position, length }: OperatorToken): PendingInfix {
  return { kind: 'infix', symbol, precedence: infix.precedence, position, length }
}

function endedEarly (source: string, position: number): DomainError {
  const { length } = source
  if (readToken(source, 0).kind === 'end') return domainError('expression_empty', { position: 0, length })
  return domainError('unexpected_end', { position, length: 0, expected: EXPECTED_VALUE })
}

/** The token's place and what to call it. */
function foundIn (source: string, token: Token): Place & { found: string } {
  const { kind, position, length } = token
  const text = textOf(source, token)
  return { position, length, found: kind === 'number' || kind === 'name' ? `${kind} ${text}` : text }
}

function textOf (source: string, { position, length }: Place): string {
  return quote(source.slice(position, position + length))
}
