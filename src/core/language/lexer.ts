import { type DomainError, domainError } from '../errors.js'
import { type Infix, OPERATIONS } from '../operations.js'
import type { SourceRange } from './syntax.js'

export type Token = NumberToken | NameToken | OperatorToken | MarkToken

export interface NumberToken extends SourceRange {
  readonly kind: 'number'
  readonly value: number
}

export interface NameToken extends SourceRange {
  readonly kind: 'name'
  readonly name: string
  /** Whether a "(" follows, so that it is the name of a function. */
  readonly called: boolean
}

export interface OperatorToken extends SourceRange {
  readonly kind: 'operator'
  readonly symbol: string
  readonly infix: Infix
}

/** The end is a token of length 0 after the last character. */
export interface MarkToken extends SourceRange {
  readonly kind: '(' | ')' | ',' | 'end'
}

const HEXADECIMAL = /0[xX][\da-fA-F]+/y
const DECIMAL = /(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?/y
const SPACE = /\s/
/** Characters after a digit that belong to the same malformed number, as in `2x` or `1.2.3`. */
const RUN = /[\p{L}\p{M}\p{Nd}_.]+/uy
const NAME = /[\p{L}_][\p{L}\p{M}\p{Nd}_]*/uy

type Operator = Pick<OperatorToken, 'symbol' | 'infix'>

/** Every way to write an operator. */
const OPERATORS: ReadonlyMap<string, Operator> = new Map([...OPERATIONS.values()].flatMap(({ symbol, infix }) => {
  if (infix === undefined) return []
  return [symbol, ...infix.spellings].map((spelling): [string, Operator] => [spelling, { symbol, infix }])
}))
const OPERATOR_LENGTH = Math.max(...[...OPERATORS.keys()].map(spelling => spelling.length))

/** The canonical spellings, for messages: `+ - * / % ^`. */
export const OPERATOR_LIST = [...new Set([...OPERATORS.values()].map(({ symbol }) => symbol))].join(' ')

/** What the language consists of, for messages. */
export const VOCABULARY = `an expression consists of numbers, names, ${OPERATOR_LIST} and parentheses`

/**
 * The first token at or after the offset `from`, without leading white space. The parser reads tokens one at a time,
 * so the error that it reports is the first in the text, whether the lexer or the parser finds it.
 *
 * @throws DomainError `unexpected_character`, `number_malformed`, `number_out_of_range`, with position and length.
 */
export function readToken (source: string, from: number): Token {
  const position = afterBlanks(source, from)
  if (position >= source.length) return { kind: 'end', position: source.length, length: 0 }

  const character = source[position]!
  if (character === '(' || character === ')' || character === ',') return { kind: character, position, length: 1 }
  if (character === '.' || isDigit(character)) return readNumber(source, position)
  const operator = readOperator(source, position)
  if (operator !== undefined) return operator
  const end = endOf(NAME, source, position)
  if (end === 0) throw unexpectedCharacter(source, position)
  const name = source.slice(position, end)
  const called = source[afterBlanks(source, end)] === '('
  return { kind: 'name', position, length: name.length, name, called }
}

/** Whether the whole text is one name. */
export function isName (text: string): boolean {
  return text !== '' && endOf(NAME, text, 0) === text.length
}

function afterBlanks (source: string, from: number): number {
  let position = from
  while (isBlank(source.charCodeAt(position))) position++
  return position
}

function readNumber (source: string, position: number): NumberToken {
  const end = endOf(HEXADECIMAL, source, position) || endOf(DECIMAL, source, position)
  const runEnd = endOf(RUN, source, end || position)
  if (runEnd > 0) {
    const run = source.slice(position, runEnd)
    throw domainError('number_malformed', {
      position, length: run.length, found: quote(run), hint: numberHint(run)
    })
  }
  const text = source.slice(position, end)
  const value = Number(text)
  const { length } = text
  if (value === Infinity) throw domainError('number_out_of_range', { position, length, found: quote(text) })
  return { kind: 'number', position, length, value }
}

/** The longest spelling wins: `**` is not two `*`. */
function readOperator (source: string, position: number): OperatorToken | undefined {
  for (let length = Math.min(OPERATOR_LENGTH, source.length - position); length > 0; length--) {
    const operator = OPERATORS.get(source.slice(position, position + length))
    if (operator !== undefined) {
      return { kind: 'operator', position, length, symbol: operator.symbol, infix: operator.infix }
    }
  }
  return undefined
}

/** Where the match that begins at `position` ends; 0 when there is none (no match is empty). */
function endOf (pattern: RegExp, source: string, position: number): number {
  pattern.lastIndex = position
  return pattern.test(source) ? pattern.lastIndex : 0
}

/**
 * White space as JavaScript defines it: the spaces of Unicode (Zs), tabs, line breaks, and the byte order mark. Pasted
 * text contains no-break and narrow spaces, and may start with the mark.
 */
function isBlank (code: number): boolean {
  if (code < 0x80) return code === 0x20 || (code >= 0x09 && code <= 0x0D)
  return code >= 0xA0 && SPACE.test(String.fromCharCode(code))
}

function isDigit (character: string): boolean {
  return character >= '0' && character <= '9'
}

/** The first pattern that matches a malformed number selects the hint. */
const NUMBER_HINTS: ReadonlyArray<readonly [RegExp, string]> = [
  [/^0x/i, 'only the digits 0-9 and a-f may follow "0x"'],
  [/^0[bo]\d/i, 'numbers are decimal, or hexadecimal with the prefix "0x"'],
  [/\..*\./, 'a number has at most one decimal point'],
  [/^[\d.]+e$/i, 'the exponent has no digits; to multiply by the constant e, write 2*e'],
  [/^[\d.]+e\d+\./i, 'the exponent must be an integer'],
  [/^\.\D|^\.$/, 'a digit must follow the decimal point'],
  [/^\d+d\d+$/i, 'there are no dice, because an expression has one result'],
  [/^\d[\d_]*$/, 'write the digits without separators'],
  [/./s, 'write an operator between a number and a name, as in 2*x']
]

function numberHint (run: string): string {
  return NUMBER_HINTS.find(([pattern]) => pattern.test(run))![1]
}

const CHARACTER_HINTS: ReadonlyArray<readonly [RegExp, string]> = [
  [/;/, 'separate arguments with ","'],
  [/[{}]/, 'use "(" and ")" for grouping'],
  [/!/, 'a factorial is written fac(x)'],
  [/√/, 'a square root is written sqrt(x)'],
  [/∛/, 'a cube root is written cbrt(x)'],
  [/[²³]/, 'a power is written x^2'],
  [/[°º]/, 'sind, cosd and tand take degrees'],
  [/[\p{Dash}]/u, 'a minus is written "-"'],
  [/[\p{Z}\p{Cf}]/u, 'use spaces, tabs or line breaks as white space'],
  [/\p{Nd}/u, 'use the digits 0 to 9']
]

/** Syntax of other calculators that the language leaves out; the error covers the whole run of such characters. */
const UNSUPPORTED: ReadonlyArray<readonly [RegExp, string]> = [
  [/!=|[<>=≤≥≠]+/y, 'there are no comparisons'],
  [/[?:&|~]+/y, 'there are no conditions'],
  [/["'`«»“”„‘’]/y, 'there are no strings, only numbers'],
  [/[[\]]/y, 'there are no lists; use "(" and ")" for grouping']
]

function unexpectedCharacter (source: string, position: number): DomainError {
  for (const [pattern, hint] of UNSUPPORTED) {
    const end = endOf(pattern, source, position)
    if (end === 0) continue
    const run = source.slice(position, end)
    return domainError('feature_unsupported', { position, length: run.length, found: quote(run), hint })
  }
  const character = String.fromCodePoint(source.codePointAt(position)!)
  const hint = CHARACTER_HINTS.find(([pattern]) => pattern.test(character))?.[1] ?? VOCABULARY
  const found = showCharacter(character)
  return domainError('unexpected_character', { position, length: character.length, found, hint })
}

/** Invisible characters, and those that would break the line of the message, are shown by their code point alone. */
function showCharacter (character: string): string {
  const code = character.codePointAt(0)!
  const name = `U+${code.toString(16).toUpperCase().padStart(4, '0')}`
  if (/[\p{C}\p{Z}\p{M}]/u.test(character)) return name
  return code < 0x80 ? quote(character) : `${quote(character)} (${name})`
}

const SHOWN_LENGTH = 40

/** Source text for a message, in quotes, shortened to its beginning. */
export function quote (text: string): string {
  if (text.length <= SHOWN_LENGTH) return `"${text}"`
  return `"${text.slice(0, SHOWN_LENGTH).replace(/[\uD800-\uDBFF]$/, '')}…"`
}
