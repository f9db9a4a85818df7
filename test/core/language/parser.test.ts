import fc from 'fast-check'
import { test } from 'tap'
import { type ErrorCode, DomainError } from '../../../src/core/errors.js'
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
    else if (node.kind === 'name') shapes.push(node.name)
    else if (node.kind === 'call') shapes.push(`${node.symbol}(${node.operands.map(index => shapes[index])})`)
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

test('a sign may precede any value and binds tighter than products and sums', async t => {
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

test('exponentiation binds tighter than a sign and is right-associative', async t => {
  const shapes: Record<string, string> = {
    '2^3': '(2^3)',
    '2**3': '(2^3)',
    '2^3^2': '(2^(3^2))',
    '2**3^2': '(2^(3^2))',
    '(2^3)^2': '((2^3)^2)',
    '-3^2': '~(3^2)',
    '(-3)^2': '(~3^2)',
    '2^-1': '(2^~1)',
    '2^-3^2': '(2^~(3^2))',
    '2^-1*3': '((2^~1)*3)',
    '2*3^2': '(2*(3^2))',
    '2^--1': '(2^~~1)',
    '2^+1': '(2^1)',
    '-2^-2': '~(2^~2)'
  }
  for (const [source, expected] of Object.entries(shapes)) {
    t.equal(shape(parse(source, DEFAULT_LIMITS)), expected, source)
  }
})

test('modulo has the precedence of multiplication and division', async t => {
  t.equal(shape(parse('2*6%4', DEFAULT_LIMITS)), '((2*6)%4)')
  t.equal(shape(parse('7%4*2', DEFAULT_LIMITS)), '((7%4)*2)')
  t.equal(shape(parse('1+7%4', DEFAULT_LIMITS)), '(1+(7%4))')
  t.equal(shape(parse('-7%3', DEFAULT_LIMITS)), '(~7%3)')
})

test('a name may replace a number, and is a function before a "("', async t => {
  const shapes: Record<string, string> = {
    x: 'x',
    '-x_1': '~x_1',
    'PI*größe': '(PI*größe)',
    'sin(x)': 'sin(x)',
    'sin ( x )': 'sin(x)',
    'sin(x)^2': '(sin(x)^2)',
    '-sin(x)': '~sin(x)',
    '2*max(1, 2+3, -x)': '(2*max(1,(2+3),~x))',
    'min(max(1,2),(3))': 'min(max(1,2),3)',
    'log(8)+log(8,2)': '(log(8)+log(8,2))',
    'pow(2, 3)': '(2^3)',
    'pow(2,3)^2': '((2^3)^2)',
    'pyt(3,4)': 'hypot(3,4)',
    'sin + 1': '(sin+1)'
  }
  for (const [source, expected] of Object.entries(shapes)) {
    t.equal(shape(parse(source, DEFAULT_LIMITS)), expected, source)
  }
  t.match(parse(' pow(2, 3)', DEFAULT_LIMITS)[2], { position: 1, length: 3 }, 'a call has the place of its name')
})

test('nodes are in dependency order with the position of their operator or number', async t => {
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
  ['2* *3', 'unexpected_token', 3, 1],
  ['2***3', 'unexpected_token', 3, 1],
  ['2^', 'unexpected_end', 2, 0],
  ['2+/3', 'unexpected_token', 2, 1],
  ['2 2', 'unexpected_token', 2, 1],
  ['1 000', 'unexpected_token', 2, 3],
  ['(1+2)(3)', 'unexpected_token', 5, 1],
  ['2(3)', 'unexpected_token', 1, 1],
  ['2 x 3', 'unexpected_token', 2, 1],
  ['2*width(3)', 'name_unknown', 2, 5],
  ['x (3)', 'name_unknown', 0, 1],
  ['PI(2)', 'name_unknown', 0, 2],
  ['__proto__(1)', 'name_unknown', 0, 9],
  ['constructor(1)', 'name_unknown', 0, 11],
  ['5 mod 3', 'name_unknown', 2, 3],
  ['1+ln(2)', 'name_unknown', 2, 2],
  ['sin 2', 'arguments_missing', 0, 3],
  ['1+sqrt x', 'arguments_missing', 2, 4],
  ['sin()', 'argument_count_wrong', 0, 3],
  ['1+sin(1,2)', 'argument_count_wrong', 2, 3],
  ['log()', 'argument_count_wrong', 0, 3],
  ['log(1,2,3)', 'argument_count_wrong', 0, 3],
  ['min()', 'argument_count_wrong', 0, 3],
  ['pow(2)', 'argument_count_wrong', 0, 3],
  ['atan2(1)', 'argument_count_wrong', 0, 5],
  ['max(1,)', 'unexpected_token', 6, 1],
  ['max(,1)', 'unexpected_token', 4, 1],
  ['max(1', 'parenthesis_unclosed', 3, 1],
  ['max(1,', 'unexpected_end', 6, 0],
  ['max((1,2),3)', 'unexpected_character', 6, 1],
  ['(1,2)', 'unexpected_character', 2, 1],
  [',', 'unexpected_token', 0, 1],
  ['max(1;2)', 'unexpected_character', 5, 1],
  ['random()', 'feature_unsupported', 0, 6],
  ['1+concat(1,2)', 'feature_unsupported', 2, 6],
  ['if(1,2,3)', 'feature_unsupported', 0, 2],
  ['1 if 2', 'feature_unsupported', 2, 2],
  ['D(6)', 'feature_unsupported', 0, 1],
  ['2 d6', 'feature_unsupported', 2, 2],
  ['1<=2', 'feature_unsupported', 1, 2],
  ['1==2', 'feature_unsupported', 1, 2],
  ['1!=2', 'feature_unsupported', 1, 2],
  ['1?2:3', 'feature_unsupported', 1, 1],
  ['"text"', 'feature_unsupported', 0, 1],
  ['[1,2]', 'feature_unsupported', 0, 1],
  ['5!', 'unexpected_character', 1, 1],
  ['1,5', 'unexpected_character', 1, 1],
  ['2+2;', 'unexpected_character', 3, 1],
  ['1+😀', 'unexpected_character', 2, 2],
  ['1\0', 'unexpected_character', 1, 1],
  ['1e400', 'number_out_of_range', 0, 5],
  ['1+1.2.3', 'number_malformed', 2, 5]
]

test('an invalid expression is refused with its position', async t => {
  for (const [source, code, position, length] of REFUSALS) {
    const refusal = refusalOf(() => parse(source, DEFAULT_LIMITS))
    t.strictSame(placeOf(refusal), [code, position, length], JSON.stringify(source))
    t.notMatch(refusal.message, /[{}]/, 'the message has all its values')
  }
})

test('of several errors the first is reported', async t => {
  t.strictSame(placeOf(refusalOf(() => parse('1 2 $ )', DEFAULT_LIMITS))), ['unexpected_token', 2, 1])
  t.strictSame(placeOf(refusalOf(() => parse('1 $ 2 )', DEFAULT_LIMITS))), ['unexpected_character', 2, 1])
})

test('messages say what was found and what was expected', async t => {
  const message = (source: string) => refusalOf(() => parse(source, DEFAULT_LIMITS)).message
  t.equal(message('2+'), 'Unexpected end of the expression; expected a number, a name, a sign or "("')
  t.equal(message('2×÷3'), 'Unexpected "÷"; expected a number, a name, a sign or "("')
  t.equal(message('2 3.50'), 'Unexpected number "3.50"; expected an operator before it (+ - * / % ^)')
  t.equal(message('(1)(2)'), 'Unexpected "("; expected an operator before it (+ - * / % ^)')
  t.equal(message('sqtr(2)'), 'Unknown name "sqtr"; did you mean sqrt(…)?')
  t.equal(message('SIN(2)'), 'Unknown name "SIN"; did you mean sin(…)?')
  t.equal(message('tg(2)'), 'Unknown name "tg"; it is not a function; ' +
    'to multiply, write an operator before the "(", as in x*(2)')
  t.equal(message('ln(2)'), 'Unknown name "ln"; the natural logarithm is written log(x)')
  t.equal(message('sin 2'), '"sin" is a function; write its arguments in parentheses: sin(x)')
  t.equal(message('log(1,2,3)'), 'log(x[, base]) takes 1 or 2 arguments, not 3')
  t.equal(message('abs(1,2)'), 'abs(x) takes 1 argument, not 2')
  t.equal(message('min()'), 'min(x, …) takes 1 or more arguments, not 0')
  t.equal(message('1,5'), 'Unexpected character ","; write a decimal point, as in 1.5; ' +
    '"," only separates arguments')
  t.equal(message('1<2'), '"<" is not part of the language; there are no comparisons')
  t.match(message('random()'), /^"random" is not part of the language; .*no random numbers/)
  t.match(message(`${'x'.repeat(1000)}(2)`), /^Unknown name "x{40}…"; it is not a function/)
})

test('length and depth are limited', async t => {
  const limits = { length: 7, syntaxDepth: 3, operations: 9 }
  t.equal(shape(parse('1+1+1+1', limits)), '(((1+1)+1)+1)')
  t.strictSame(placeOf(refusalOf(() => parse('1+1+1+12', limits))), ['expression_too_long', 7, 1])
  t.equal(shape(parse('(-(1))', limits)), '~1')
  t.strictSame(placeOf(refusalOf(() => parse('(-((1))', limits))), ['expression_too_deep', 3, 1])
  t.strictSame(placeOf(refusalOf(() => parse('----1', limits))), ['expression_too_deep', 3, 1])
  t.equal(shape(parse('(1+2*3)', limits)), '(1+(2*3))')
  t.strictSame(placeOf(refusalOf(() => parse('((1+2*3', limits))), ['expression_too_deep', 5, 1])
  t.equal(shape(parse('++++++1', limits)), '1', 'a unary plus does not count')
  t.equal(shape(parse('e^-(1)', limits)), '(e^~1)')
  t.strictSame(placeOf(refusalOf(() => parse('e^-((1', limits))), ['expression_too_deep', 4, 1])
  t.equal(shape(parse('-(-e)', limits)), '~~e')
  t.strictSame(placeOf(refusalOf(() => parse('abs((-(', { ...limits, length: 9 }))), ['expression_too_deep', 6, 1])
})

test('operations are counted while parsing, so that a large expression is refused early', async t => {
  const limits = { ...DEFAULT_LIMITS, operations: 3 }
  t.equal(parse('1+2*3-4', limits).length, 7)
  t.strictSame(placeOf(refusalOf(() => parse('1+2*3-4+5+6 $', limits))), ['plan_too_large', 7, 1])
  t.equal(parse('max(1,2,3,4)', limits).length, 5)
  t.strictSame(placeOf(refusalOf(() => parse('max(1,2,3,4,5) $', limits))), ['plan_too_large', 0, 3])
  t.equal(parse('sin(cos(log(min(1))))', limits).length, 5, 'the smallest of one number is no operation')
  t.strictSame(placeOf(refusalOf(() => parse('abs(sin(cos(log(2))))', limits))), ['plan_too_large', 0, 3])
  t.equal(parse('-----1', limits).length, 6, 'nor is a sign before a number')
})

test('the default limits allow 100,000 of anything', async t => {
  const n = 100_000
  t.equal(parse('('.repeat(n) + '1+1' + ')'.repeat(n), DEFAULT_LIMITS).length, 3)
  t.equal(parse('1' + '+1'.repeat(n), DEFAULT_LIMITS).length, 2 * n + 1)
  t.equal(parse('-'.repeat(n) + '2', DEFAULT_LIMITS).length, n + 1)
  t.equal(parse('1-('.repeat(n) + '1' + ')'.repeat(n), DEFAULT_LIMITS).length, 2 * n + 1)
  t.equal(parse('1' + '^1'.repeat(n), DEFAULT_LIMITS).length, 2 * n + 1)
  t.equal(parse('-('.repeat(n) + '2' + ')'.repeat(n), DEFAULT_LIMITS).length, n + 1)
  t.equal(parse('sin('.repeat(n) + 'x' + ')'.repeat(n), DEFAULT_LIMITS).length, n + 1)
  t.equal(parse(`max(${'1,'.repeat(n)}2)`, DEFAULT_LIMITS).length, n + 2)
  t.equal(placeOf(refusalOf(() => parse('-('.repeat(n + 1), DEFAULT_LIMITS)))[0], 'expression_too_deep')
  t.equal(placeOf(refusalOf(() => parse('('.repeat(n), DEFAULT_LIMITS)))[0], 'unexpected_end')
  t.equal(placeOf(refusalOf(() => parse('('.repeat(1_000_000), DEFAULT_LIMITS)))[0], 'expression_too_deep')
})

/** Passes documented errors with a position inside the source. */
const GROUP: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'expression_empty', 'unexpected_character', 'unexpected_token', 'unexpected_end', 'parenthesis_unclosed',
  'parenthesis_unopened', 'number_malformed', 'number_out_of_range', 'name_unknown', 'feature_unsupported',
  'arguments_missing', 'argument_count_wrong'
])

function parsesOrRefuses (source: string): void {
  try {
    parse(source, DEFAULT_LIMITS)
  } catch (error) {
    if (!(error instanceof DomainError) || !GROUP.has(error.code)) throw error
    const { position, length } = error.data
    if (typeof position !== 'number' || typeof length !== 'number') throw new Error('There is no place')
    if (position < 0 || length < 0 || position + length > source.length) throw new Error(`${position} is outside`)
  }
}

test('random text raises only errors with a position', async t => {
  const pieces = fc.constantFrom(...'0159.eExX+-*/%^()×÷−, \t\n_aπ\0;😀\uD83D[{<="', '1e400', '0x', '2+2', 'sin(',
    'max(', 'min', 'PI', 'if', 'd6', 'mod', '**')
  fc.assert(fc.property(fc.array(pieces, { maxLength: 30 }), parts => {
    parsesOrRefuses(parts.join(''))
  }), { numRuns: 3000 })
  fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 30 }), parsesOrRefuses), { numRuns: 2000 })
  fc.assert(fc.property(fc.uint8Array({ maxLength: 40 }), bytes => {
    parsesOrRefuses(String.fromCharCode(...bytes))
  }), { numRuns: 2000 })
  t.pass()
})

test('mutated expressions raise only errors with a position', async t => {
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
