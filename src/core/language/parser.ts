import { type DomainError, domainError } from '../errors.js'
import { CALLABLE, type Infix, UNARY_PRECEDENCE } from '../operations.js'
import { type NameToken, OPERATOR_LIST, type Token, quote, readToken } from './lexer.js'
import type { Limits } from './limits.js'
import { missingArguments, refuseName, unknownFunction } from './names.js'
import { type OpenCall, type Stacks, createStacks, wrongCount } from './stacks.js'
import type { SourceRange, Syntax, SyntaxNode } from './syntax.js'

/** The precedence of ")", "," and the end: below every operator. */
const LOWEST: Pick<Infix, 'precedence' | 'associativity'> = { precedence: 0, associativity: 'left' }

const EXPECTED_VALUE = 'a number, a name, a sign or "("'
const EXPECTED_OPERATION = `an operator before it (${OPERATOR_LIST})`
const COMMA_HINT = 'write a decimal point, as in 1.5; "," only separates arguments'

interface Parser {
  readonly source: string
  readonly stacks: Stacks
  /** The function name that precedes the next "(". */
  caller: NameToken | null
}

/**
 * Parses an expression by operator precedence (Dijkstra's shunting yard, 1961) with two stacks: pending operators, and
 * values. Linear in time. Names of functions are resolved; names of variables are not.
 *
 * Every error is a DomainError whose data has `position` and `length`, in UTF-16 units.
 *
 * @throws `expression_empty`, `unexpected_token`, `unexpected_end`, `parenthesis_unclosed`, `parenthesis_unopened`,
 *   `name_unknown`, `feature_unsupported`, `arguments_missing`, `argument_count_wrong`, `expression_too_long`,
 *   `expression_too_deep`, `plan_too_large`, and the errors of the lexer.
 */
export function parse (source: string, limits: Pick<Limits, 'length' | 'syntaxDepth' | 'operations'>): Syntax {
  if (source.length > limits.length) {
    const { length: limit } = limits
    throw domainError('expression_too_long', {
      position: limit, length: source.length - limit, actual: source.length, limit
    })
  }
  const stacks = createStacks(limits)
  const parser: Parser = { source, stacks, caller: null }
  let afterValue = false
  for (let offset = 0; ;) {
    const token = readToken(source, offset)
    if (afterValue && token.kind === 'end') break
    afterValue = afterValue ? readOperation(parser, token) : readValue(parser, token)
    offset = token.position + token.length
  }
  stacks.reduce(LOWEST)
  const open = stacks.top()
  if (open !== undefined) {
    const { position, length } = open.kind === 'call' ? open.parenthesis : open
    throw domainError('parenthesis_unclosed', { position, length })
  }
  return stacks.nodes
}

/** Reads a token where a value is expected. Returns whether the value is complete. */
function readValue (parser: Parser, token: Token): boolean {
  const { source, stacks } = parser
  const { position, length } = token
  switch (token.kind) {
    case 'number':
      stacks.add({ kind: 'literal', value: token.value, position, length })
      return true
    case 'name':
      if (token.called) parser.caller = token
      else stacks.add({ kind: 'name', name: token.name, position, length })
      return !token.called
    case '(': {
      const { caller } = parser
      stacks.push(caller === null ? { kind: 'parenthesis', position, length } : openCall(source, caller, token))
      parser.caller = null
      return false
    }
    case 'operator':
      // A unary plus changes nothing.
      if (token.symbol === '+') return false
      if (token.symbol !== '-') break
      stacks.push({ kind: 'sign', precedence: UNARY_PRECEDENCE, position, length })
      return false
    case ')': {
      const top = stacks.top()
      if (top?.kind === 'call' && top.count === 0) throw wrongCount(top, 0)
      if (!stacks.isOpen()) throw domainError('parenthesis_unopened', { position, length })
      break
    }
    case 'end':
      throw endedEarly(source, position)
  }
  throw domainError('unexpected_token', { ...foundIn(source, token), expected: EXPECTED_VALUE })
}

/** Reads a token after a value. Returns false when another value must follow. */
function readOperation ({ source, stacks }: Parser, token: Token): boolean {
  const { position, length } = token
  switch (token.kind) {
    case 'operator': {
      const { symbol, infix } = token
      stacks.reduce(infix)
      stacks.push({ kind: 'infix', symbol, precedence: infix.precedence, position, length })
      return false
    }
    case ',': {
      stacks.reduce(LOWEST)
      const top = stacks.top()
      if (top?.kind !== 'call') {
        throw domainError('unexpected_character', { position, length, found: '","', hint: COMMA_HINT })
      }
      top.count++
      return false
    }
    case ')': {
      stacks.reduce(LOWEST)
      const top = stacks.pop()
      if (top === undefined) throw domainError('parenthesis_unopened', { position, length })
      if (top.kind === 'call') stacks.addCall(top)
      return true
    }
    default:
      throw unexpectedAfter(stacks.nodes.at(-1), source, token)
  }
}

/** @throws DomainError if the name is not a function. */
function openCall (source: string, token: NameToken, { position, length }: SourceRange): OpenCall {
  const definition = CALLABLE.get(token.name)
  if (definition === undefined) throw unknownFunction(token.name, textOf(source, token), token)
  const parenthesis = { position, length }
  return { kind: 'call', definition, count: 0, parenthesis, position: token.position, length: token.length }
}

function endedEarly (source: string, position: number): DomainError {
  const { length } = source
  if (readToken(source, 0).kind === 'end') return domainError('expression_empty', { position: 0, length })
  return domainError('unexpected_end', { position, length: 0, expected: EXPECTED_VALUE })
}

/** The error of a token that cannot follow a value. */
function unexpectedAfter (value: SyntaxNode | undefined, source: string, token: Token): DomainError {
  const callable = value?.kind === 'name' ? CALLABLE.get(value.name) : undefined
  if (value !== undefined && callable !== undefined) return missingArguments(callable, textOf(source, value), value)
  const refusal = token.kind === 'name' ? refuseName(token.name, token) : null
  return refusal ?? domainError('unexpected_token', { ...foundIn(source, token), expected: EXPECTED_OPERATION })
}

/** The range of a token, and its text for a message. */
function foundIn (source: string, token: Token): SourceRange & { found: string } {
  const { kind, position, length } = token
  const text = textOf(source, token)
  return { position, length, found: kind === 'number' || kind === 'name' ? `${kind} ${text}` : text }
}

function textOf (source: string, { position, length }: SourceRange): string {
  return quote(source.slice(position, position + length))
}
