import { type DomainError, domainError } from '../errors.js'
import { CALLABLE, type CallableDefinition, type Infix, UNARY_PRECEDENCE } from '../operations.js'
import { type NameToken, OPERATOR_LIST, type OperatorToken, type Token, quote, readToken } from './lexer.js'
import type { Limits } from './limits.js'
import { missingArguments, refuseName, signatureOf, unknownFunction } from './names.js'
import type { SourceRange, Syntax, SyntaxNode } from './syntax.js'

/** An open construct on the stack, waiting for the value that follows it. */
type Pending = OpenParenthesis | OpenCall | PendingSign | PendingInfix

interface OpenParenthesis extends SourceRange {
  readonly kind: 'parenthesis'
}

/** A function whose arguments are being read. Its range is that of the name. */
interface OpenCall extends SourceRange {
  readonly kind: 'call'
  readonly definition: CallableDefinition
  readonly parenthesis: SourceRange
  /** Arguments read so far. */
  count: number
}

interface PendingSign extends SourceRange {
  readonly kind: 'sign'
  readonly precedence: number
}

interface PendingInfix extends SourceRange {
  readonly kind: 'infix'
  readonly precedence: number
  readonly symbol: string
}

/** The precedence of ")", "," and the end: below every operator. */
const LOWEST: Pick<Infix, 'precedence' | 'associativity'> = { precedence: 0, associativity: 'left' }

const EXPECTED_VALUE = 'a number, a name, a sign or "("'
const EXPECTED_OPERATION = `an operator before it (${OPERATOR_LIST})`
const COMMA_HINT = 'write a decimal point, as in 1.5; "," only separates arguments'

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
  const nodes: SyntaxNode[] = []
  /** The value stack: indices of nodes that are not yet an operand. */
  const values: number[] = []
  const pending: Pending[] = []
  /** The function name that precedes the next "(". */
  let caller: NameToken | null = null
  /** A lower bound of the operations in the plan. */
  let operations = 0

  function add (node: SyntaxNode): void {
    values.push(nodes.push(node) - 1)
  }

  /** Counts while parsing, so that an expression over the limit does not fill the memory first. */
  function count (more: number, { position, length }: SourceRange): void {
    operations += more
    const limit = limits.operations
    if (operations > limit) throw domainError('plan_too_large', { position, length, limit })
  }

  function wait (entry: Pending): void {
    const limit = limits.syntaxDepth
    if (pending.push(entry) <= limit) return
    throw domainError('expression_too_deep', { position: entry.position, length: entry.length, limit })
  }

  /** Reduces the pending operators that bind tighter than the one that follows. */
  function join ({ precedence, associativity }: Pick<Infix, 'precedence' | 'associativity'>): void {
    for (let top = pending.at(-1); top !== undefined; top = pending.at(-1)) {
      if (top.kind === 'parenthesis' || top.kind === 'call' || top.precedence < precedence) return
      if (top.precedence === precedence && associativity === 'right') return
      pending.pop()
      const { position, length } = top
      const right = values.pop()!
      if (top.kind === 'sign') {
        add({ kind: 'negation', operand: right, position, length })
      } else {
        count(1, top)
        add({ kind: 'operation', symbol: top.symbol, left: values.pop()!, right, position, length })
      }
    }
  }

  /** Reduces a call. `last` is 1 when its last argument is not counted yet. */
  function apply (call: OpenCall, last: 0 | 1): void {
    const { definition: { symbol, infix, call: { least, most, byDefault } }, position, length } = call
    const actual = call.count + last
    if (actual < least || actual > most) throw wrongCount(call, actual)
    count(actual === 1 && (most === 1 || byDefault !== undefined) ? 1 : actual - 1, call)
    const operands = values.splice(values.length - actual)
    if (infix === undefined) add({ kind: 'call', symbol, operands, position, length })
    else add({ kind: 'operation', symbol, left: operands[0]!, right: operands[1]!, position, length })
  }

  function isOpen (): boolean {
    return pending.some(({ kind }) => kind === 'parenthesis' || kind === 'call')
  }

  /** Reads a token where a value is expected. Returns whether the value is complete. */
  function readValue (token: Token): boolean {
    const { position, length } = token
    switch (token.kind) {
      case 'number':
        add({ kind: 'literal', value: token.value, position, length })
        return true
      case 'name':
        if (token.called) caller = token
        else add({ kind: 'name', name: token.name, position, length })
        return !token.called
      case '(':
        wait(caller === null ? { kind: 'parenthesis', position, length } : openCall(source, caller, token))
        caller = null
        return false
      case 'operator':
        // A unary plus changes nothing.
        if (token.symbol === '+') return false
        if (token.symbol !== '-') break
        wait({ kind: 'sign', precedence: UNARY_PRECEDENCE, position, length })
        return false
      case ')': {
        const top = pending.at(-1)
        if (top?.kind === 'call' && top.count === 0) throw wrongCount(top, 0)
        if (!isOpen()) throw domainError('parenthesis_unopened', { position, length })
        break
      }
      case 'end':
        throw endedEarly(source, position)
    }
    throw domainError('unexpected_token', { ...foundIn(source, token), expected: EXPECTED_VALUE })
  }

  /** Reads a token after a value. Returns false when another value must follow. */
  function readOperation (token: Exclude<Token, { kind: 'end' }>): boolean {
    const { position, length } = token
    switch (token.kind) {
      case 'operator':
        join(token.infix)
        wait(pendingInfix(token))
        return false
      case ',': {
        join(LOWEST)
        const top = pending.at(-1)
        if (top?.kind !== 'call') {
          throw domainError('unexpected_character', { position, length, found: '","', hint: COMMA_HINT })
        }
        top.count++
        return false
      }
      case ')': {
        join(LOWEST)
        const top = pending.pop()
        if (top === undefined) throw domainError('parenthesis_unopened', { position, length })
        if (top.kind === 'call') apply(top, 1)
        return true
      }
      default:
        throw unexpectedAfter(nodes.at(-1), source, token)
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
  if (open !== undefined) {
    const { position, length } = open.kind === 'call' ? open.parenthesis : open
    throw domainError('parenthesis_unclosed', { position, length })
  }
  return nodes
}

/** @throws DomainError if the name is not a function. */
function openCall (source: string, token: NameToken, { position, length }: SourceRange): OpenCall {
  const definition = CALLABLE.get(token.name)
  if (definition === undefined) throw unknownFunction(token.name, textOf(source, token), token)
  const parenthesis = { position, length }
  return { kind: 'call', definition, count: 0, parenthesis, position: token.position, length: token.length }
}

function pendingInfix ({ symbol, infix, position, length }: OperatorToken): PendingInfix {
  return { kind: 'infix', symbol, precedence: infix.precedence, position, length }
}

function wrongCount ({ definition, position, length }: OpenCall, actual: number): DomainError {
  const { call: { least, most } } = definition
  const counts = most === Infinity ? `${least} or more` : [...new Set([least, most])].join(' or ')
  const expected = `${counts} ${most === 1 ? 'argument' : 'arguments'}`
  return domainError('argument_count_wrong', { position, length, found: signatureOf(definition), expected, actual })
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
