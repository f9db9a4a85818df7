import fc from 'fast-check'
import { test } from 'tap'
import { type ErrorCode, isDomainError } from '../../../src/core/errors.js'
import { DEFAULT_LIMITS } from '../../../src/core/language/limits.js'
import { parse } from '../../../src/core/language/parser.js'
import type { Syntax } from '../../../src/core/language/syntax.js'
import { samples } from './expressions.js'
import { placeOf, refusalOf } from './refusal.js'

/** The structure with all its parentheses, and a unary minus as `~`. */
function shape (syntax: Syntax): string {
  const shapes: string[] = []
  for (const node of syntax) {
    if (node.kind === 'literal') shapes.push(String(node.value))
    else if (node.kind === 'negation') shapes.push(`~${shapes[node.operand]}`)
    else shapes.push(`(${shapes[node.left]}${node.symbol}${shapes[node.right]})`)
  }
  return shapes.at(-1)!
}

test('operators bind by precedence and associate to the left', async t => {
  const shapes: Record<string, string> = {
    42: '42',
    '2+2': '(2+2)',
    '2+2*2': '(2+(2*2))',
    '2*2+2': '((2*2)+2)',
    '8-3-2': '((8-3)-2)',
    '16/4/2': '((16/4)/2)',
    '1-2+3': '((1-2)+3)',
    '6/2*3': '((6/2)*3)',
    '1+2*3-4/5': '((1+(2*3))-(4/5))',
    '(1+2)*3': '((1+2)*3)',
    '2*(3-(4+5))': '(2*(3-(4+5)))',
    '(((7)))': '7',
    '6÷2×3−1': '(((6/2)*3)-1)'
  }
  for (const [source, expected] of Object.entries(shapes)) {
    t.equal(shape(parse(source, DEFAULT_LIMITS)), expected, source)
  }
})

test('signs stand wherever a value may, above products and sums', async t => {
  const shapes: Record<string, string> = {
    '-5': '~5',
    '+5': '5',
    '--2': '~~2',
    '+-+2': '~2',
    '2*-3': '(2*~3)',
    '3--2': '(3-~2)',
    '3-+2': '(3-2)',
    '-(2+3)': '~(2+3)',
    '-2*3': '(~2*3)',
    '-2+3': '(~2+3)',
    '2*-3+4': '((2*~3)+4)',
    '2 - - 3 / - 4': '(2-(~3/~4))'
  }
  for (const [source, expected] of Object.entries(shapes)) {
    t.equal(shape(parse(source, DEFAULT_LIMITS)), expected, source)
  }
})

test('nodes come in dependency order with the place of their sign or number', async t => {
  t.strictSame(parse(' -(12 + 3)', DEFAULT_LIMITS), [
    { kind: 'literal', value: 12, position: 3, length: 2 },
    { kind: 'literal', value: 3, position: 8, length: 1 },
    { kind: 'operation', symbol: '+', left: 0, right: 1, position: 6, length: 1 },
    { kind: 'negation', operand: 2, position: 1, length: 1 }
  ])
})

const REFUSALS: ReadonlyArray<readonly [string, ErrorCode, number, number]> = [
  ['', 'expression_empty', 0, 0],
  [' \t\n', 'expression_empty', 0, 3],
  ['2+', 'unexpected_end', 2, 0],
  ['2+ ', 'unexpected_end', 3, 0],
  ['-', 'unexpected_end', 1, 0],
  ['((', 'unexpected_end', 2, 0],
  ['(2', 'parenthesis_unclosed', 0, 1],
  ['(1)+(2*(3)', 'parenthesis_unclosed', 4, 1],
  [')', 'parenthesis_unopened', 0, 1],
  ['1+2)', 'parenthesis_unopened', 3, 1],
  ['2+)', 'parenthesis_unopened', 2, 1],
  ['()', 'unexpected_token', 1, 1],
  ['(2+)', 'unexpected_token', 3, 1],
  ['*2', 'unexpected_token', 0, 1],
  ['2**3', 'unexpected_token', 2, 1],
  ['2+/3', 'unexpected_token', 2, 1],
  ['2 2', 'unexpected_token', 2, 1],
  ['1 000', 'unexpected_token', 2, 3],
  ['(1+2)(3)', 'unexpected_token', 5, 1],
  ['2(3)', 'unexpected_token', 1, 1],
  ['2 x 3', 'unexpected_token', 2, 1],
  ['2*width', 'name_unknown', 2, 5],
  ['sqrt(2)', 'name_unknown', 0, 4],
  ['NaN', 'name_unknown', 0, 3],
  ['__proto__', 'name_unknown', 0, 9],
  ['1,5', 'unexpected_character', 1, 1],
  ['2+2;', 'unexpected_character', 3, 1],
  ['2^3', 'unexpected_character', 1, 1],
  ['1+😀', 'unexpected_character', 2, 2],
  ['1\0', 'unexpected_character', 1, 1],
  ['1e400', 'number_out_of_range', 0, 5],
  ['1+1.2.3', 'number_malformed', 2, 5]
]

test('what is no expression is refused with its place', async t => {
  for (const [source, code, position, length] of REFUSALS) {
    const refusal = refusalOf(() => parse(source, DEFAULT_LIMITS))
    t.strictSame(placeOf(refusal), [code, position, length], JSON.stringify(source))
    t.notMatch(refusal.message, /[{}]/, 'the message has all its values')
  }
})

test('of several mistakes the first is reported', async t => {
  t.strictSame(placeOf(refusalOf(() => parse('1 2 $ )', DEFAULT_LIMITS))), ['unexpected_token', 2, 1])
  t.strictSame(placeOf(refusalOf(() => parse('1 $ 2 )', DEFAULT_LIMITS))), ['unexpected_character', 2, 1])
})

test('messages say what was found and what was expected', async t => {
  const message = (source: string) => refusalOf(() => parse(source, DEFAULT_LIMITS)).message
  t.equal(message('2+'), 'The expression ends too early; expected a number, a name, a sign or "("')
  t.equal(message('2×÷3'), 'Unexpected "÷"; expected a number, a name, a sign or "("')
  t.equal(message('2 3.50'), 'Unexpected number "3.50"; expected an operation before it (+ - * /)')
  t.equal(message('(1)(2)'), 'Unexpected "("; expected an operation before it (+ - * /)')
  t.equal(message('2*x'), 'Unknown name "x"; an expression is made of numbers, + - * / and parentheses')
})

test('length and depth are limited', async t => {
  const limits = { length: 7, syntaxDepth: 3 }
  t.equal(shape(parse('1+1+1+1', limits)), '(((1+1)+1)+1)')
  t.strictSame(placeOf(refusalOf(() => parse('1+1+1+12', limits))), ['expression_too_long', 7, 1])
  t.equal(shape(parse('(-(1))', limits)), '~1')
  t.strictSame(placeOf(refusalOf(() => parse('(-((1))', limits))), ['expression_too_deep', 3, 1])
  t.strictSame(placeOf(refusalOf(() => parse('----1', limits))), ['expression_too_deep', 3, 1])
  t.equal(shape(parse('(1+2*3)', limits)), '(1+(2*3))')
  t.strictSame(placeOf(refusalOf(() => parse('((1+2*3', limits))), ['expression_too_deep', 5, 1])
  t.equal(shape(parse('++++++1', limits)), '1', 'a unary plus does not count')
})

test('the default limits let 100,000 of anything in', async t => {
  const n = 100_000
  t.equal(parse('('.repeat(n) + '1+1' + ')'.repeat(n), DEFAULT_LIMITS).length, 3)
  t.equal(parse('1' + '+1'.repeat(n), DEFAULT_LIMITS).length, 2 * n + 1)
  t.equal(parse('-'.repeat(n) + '2', DEFAULT_LIMITS).length, n + 1)
  t.equal(parse('1-('.repeat(n) + '1' + ')'.repeat(n), DEFAULT_LIMITS).length, 2 * n + 1)
  t.equal(placeOf(refusalOf(() => parse('('.repeat(n), DEFAULT_LIMITS)))[0], 'unexpected_end')
  t.equal(placeOf(refusalOf(() => parse('('.repeat(1_000_000), DEFAULT_LIMITS)))[0], 'expression_too_deep')
})

/** Only what `parse` may throw goes through, each with a place inside the source. */
const GROUP: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'expression_empty', 'unexpected_character', 'unexpected_token', 'unexpected_end', 'parenthesis_unclosed',
  'parenthesis_unopened', 'number_malformed', 'number_out_of_range', 'name_unknown'
])

function parsesOrRefuses (source: string): void {
  try {
    parse(source, DEFAULT_LIMITS)
  } catch (error) {
    if (!isDomainError(error) || !GROUP.has(error.code)) throw error
    const { position, length } = error.data
    if (typeof position !== 'number' || typeof length !== 'number') throw new Error('There is no place')
    if (position < 0 || length < 0 || position + length > source.length) throw new Error(`${position} is outside`)
  }
}

test('random text raises nothing but refusals with a place', async t => {
  const pieces = fc.constantFrom(...'0159.eExX+-*/()×÷−, \t\n_aπ\0;😀\uD83D[{', '1e400', '0x', '2+2')
  fc.assert(fc.property(fc.array(pieces, { maxLength: 30 }), parts => {
    parsesOrRefuses(parts.join(''))
  }), { numRuns: 3000 })
  fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 30 }), parsesOrRefuses), { numRuns: 2000 })
  fc.assert(fc.property(fc.uint8Array({ maxLength: 40 }), bytes => {
    parsesOrRefuses(String.fromCharCode(...bytes))
  }), { numRuns: 2000 })
  t.pass()
})

test('damaged expressions raise nothing but refusals with a place', async t => {
  const share = fc.double({ min: 0, max: 1, noNaN: true })
  const damage = fc.record({ at: share, cut: fc.nat(3), put: fc.string({ maxLength: 2 }) })
  fc.assert(fc.property(samples, fc.array(damage, { minLength: 1, maxLength: 3 }), ({ text }, damages) => {
    parsesOrRefuses(damages.reduce((source, { at, cut, put }) => {
      const from = Math.floor(at * source.length)
      return source.slice(0, from) + put + source.slice(from + cut)
    }, text))
  }), { numRuns: 3000 })
  t.pass()
})
