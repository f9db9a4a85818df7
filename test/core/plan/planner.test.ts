import fc from 'fast-check'
import { test } from 'tap'
import { DEFAULT_LIMITS } from '../../../src/core/language/limits.js'
import type { ListedPlan } from '../../../src/core/plan/plan.js'
import { planExpression } from '../../../src/core/plan/planner.js'
import { VARIABLES, samples } from '../language/expressions.js'
import { placeOf, refusalOf } from '../language/refusal.js'
import type { Variables } from '../../../src/core/language/variables.js'
import { depthOf, lines, outcome } from './evaluate.js'

const times = new Map([['+', 1000], ['-', 1001], ['*', 2000], ['/', 2001], ['sin', 3000]])

function plan (source: string, limits = DEFAULT_LIMITS, variables: Variables = new Map()): ListedPlan {
  return planExpression(source, { times, limits, variables })
}

test('every operation of the source is one of the plan, in dependency order', async t => {
  t.strictSame(lines(plan('42')), ['42'])
  t.strictSame(lines(plan('8-3-2')), ['8 - 3', '#0 - 2', '#1'])
  t.strictSame(lines(plan('1+2*3')), ['2 * 3', '1 + #0', '#1'])
  t.strictSame(lines(plan('(1+2)*(3-4)')), ['1 + 2', '3 - 4', '#0 * #1', '#2'])
  t.strictSame(lines(plan('2+2')), ['2 + 2', '#0'])
})

test('a minus before a number is a number, before anything else a subtraction from 0', async t => {
  t.strictSame(lines(plan('-5')), ['-5'])
  t.strictSame(lines(plan('-(5)')), ['-5'])
  t.strictSame(lines(plan('--2')), ['2'])
  t.strictSame(lines(plan('+-+2')), ['-2'])
  t.strictSame(lines(plan('2*-3')), ['2 * -3', '#0'])
  t.strictSame(lines(plan('3--2')), ['3 - -2', '#0'])
  t.strictSame(lines(plan('-(2+3)')), ['2 + 3', '0 - #0', '#1'])
  t.strictSame(lines(plan('-+-(2+3)')), ['2 + 3', '0 - #0', '0 - #1', '#2'])
})

test('powers, modulo and functions are operations; one of one operand has 0 for its second', async t => {
  t.strictSame(lines(plan('-3^2')), ['3 ^ 2', '0 - #0', '#1'])
  t.strictSame(lines(plan('2^-1')), ['2 ^ -1', '#0'])
  t.strictSame(lines(plan('2^3^2')), ['3 ^ 2', '2 ^ #0', '#1'])
  t.strictSame(lines(plan('-7%3')), ['-7 % 3', '#0'])
  t.strictSame(lines(plan('sin(1)+sqrt(4)')), ['1 sin 0', '4 sqrt 0', '#0 + #1', '#2'])
  t.strictSame(lines(plan('pow(2,3)')), ['2 ^ 3', '#0'])
  t.strictSame(lines(plan('atan2(1,2)')), ['1 atan2 2', '#0'])
  t.strictSame(lines(plan('log(8,2)')), ['8 log 2', '#0'])
  t.strictSame(lines(plan('log(8)')), [`8 log ${Math.E}`, '#0'], 'the natural logarithm has a base, too')
})

test('the smallest and the largest of many are found two by two, in a balanced tree', async t => {
  t.strictSame(lines(plan('min(7)')), ['7'])
  t.strictSame(lines(plan('min(1+2)')), ['1 + 2', '#0'])
  t.strictSame(lines(plan('max(1,2,3,4,5)')), ['1 max 2', '3 max 4', '#0 max #1', '#2 max 5', '#3'])
  const { operations } = plan(`min(${Array.from({ length: 1000 }, (_, index) => index).join(',')})`)
  t.equal(operations.length, 999)
  t.equal(depthOf(operations), 10)
})

test('names become their numbers, and a variable goes before a constant or a function of its name', async t => {
  const variables = new Map([['x', 2], ['e', 5], ['sin', 7]])
  const named = (source: string) => lines(plan(source, DEFAULT_LIMITS, variables))
  t.strictSame(named('x*PI'), [`2 * ${Math.PI}`, '#0'])
  t.strictSame(named('e+E'), [`5 + ${Math.E}`, '#0'])
  t.strictSame(named('sin(sin)'), ['7 sin 0', '#0'])
  t.strictSame(named('-x'), ['-2'], 'with a minus it is a number as well')
  t.strictSame(lines(plan('tau')), [String(2 * Math.PI)])
})

test('a variable without a value is refused at its first use; others may be too many', async t => {
  const variables = new Map([['x', 2], ['unused', 1]])
  const refused = (source: string) => placeOf(refusalOf(() => plan(source, DEFAULT_LIMITS, variables)))
  t.strictSame(refused('x+z*(y-z)'), ['variable_missing', 2, 1])
  t.strictSame(refused('(y-z)^x'), ['variable_missing', 1, 1])
  t.strictSame(refused('x*toString'), ['variable_missing', 2, 8])
  t.strictSame(refused('x*__proto__'), ['variable_missing', 2, 9])
  t.strictSame(refused('x*sin'), ['arguments_missing', 2, 3])
  t.strictSame(refused('1+random'), ['feature_unsupported', 2, 6])
  t.strictSame(refused('NaN'), ['variable_missing', 0, 3])
  t.strictSame(refused('Infinity'), ['variable_missing', 0, 8])
  t.match(refusalOf(() => plan('2*witdh', DEFAULT_LIMITS, new Map([['width', 1]]))).message, /did you mean width\?/)
})

test('minus zero is zero', async t => {
  for (const source of ['-0', '--0', '---0', '-0.0', '-1e-400']) t.ok(Object.is(plan(source).result, 0), source)
  t.ok(Object.is(plan('1*-0').operations[0]!.right, 0))
})

test('each operation has the time of its kind', async t => {
  t.strictSame(plan('1+2-3*4/5').operations.map(({ symbol, timeMs }) => [symbol, timeMs]),
    [['+', 1000], ['*', 2000], ['/', 2001], ['-', 1001]])
  t.equal(plan('sin(1)').operations[0]!.timeMs, 3000)
  t.equal(plan('-(1*2)').operations.at(-1)!.timeMs, 1001, 'a minus takes the time of a subtraction')
  t.equal(planExpression('1+2', { times: new Map(), limits: DEFAULT_LIMITS }).operations[0]!.timeMs, 0)
})

test('the plan of a random expression comes to the value of the expression', async t => {
  let failed = 0
  fc.assert(fc.property(samples, ({ text, value }) => {
    const found = outcome(plan(text, DEFAULT_LIMITS, VARIABLES))
    if (value === null) failed++
    if (found !== value) throw new Error(`${text} is ${value}, not ${found}`)
  }), { numRuns: 5000 })
  t.ok(failed > 10 && failed < 4000, 'with and without a finite value')
})

test('operations and plan depth are limited, at the operation that is one too many', async t => {
  const limits = { ...DEFAULT_LIMITS, operations: 3, planDepth: 2 }
  t.equal(plan('(1+2)*(3+4)', limits).operations.length, 3)
  t.strictSame(placeOf(refusalOf(() => plan('(1+2)*(3+4)+ 5', limits))), ['plan_too_large', 11, 1])
  t.strictSame(placeOf(refusalOf(() => plan('1+2+3+4', limits))), ['plan_too_deep', 5, 1])
  t.strictSame(placeOf(refusalOf(() => plan('--(1+2)', limits))), ['plan_too_deep', 0, 1])
  t.strictSame(lines(plan('-----1', limits)), ['-1'], 'signs of numbers are no operations')
})

test('each argument beyond the first counts as an operation', async t => {
  const limits = { ...DEFAULT_LIMITS, operations: 3, planDepth: 1 }
  t.strictSame(placeOf(refusalOf(() => plan('max(1,2,3,4,5)', limits))), ['plan_too_large', 0, 3])
  t.strictSame(placeOf(refusalOf(() => plan('1+0*max(1,2,3)', { ...limits, operations: 9 }))), ['plan_too_deep', 4, 3])
})

test('what the language refuses is refused with its place', async t => {
  t.strictSame(placeOf(refusalOf(() => plan('1+'))), ['unexpected_end', 2, 0])
  t.strictSame(placeOf(refusalOf(() => plan('1+2', { ...DEFAULT_LIMITS, length: 2 }))), ['expression_too_long', 2, 1])
  t.strictSame(placeOf(refusalOf(() => plan('((1))', { ...DEFAULT_LIMITS, syntaxDepth: 1 }))),
    ['expression_too_deep', 1, 1])
})

test('the default limits let 100,000 operations in, however they are nested', async t => {
  const n = 100_000
  t.equal(plan('1' + '+1'.repeat(n)).operations.length, n)
  t.equal(plan('1-('.repeat(n) + '1' + ')'.repeat(n)).operations[0]!.pathMs, n * 1001)
  t.equal(plan('-'.repeat(n) + '(1+1)').operations.length, n + 1)
  t.equal(plan('-'.repeat(n) + '2').result, 2)
  t.equal(plan('1' + '^1'.repeat(n)).operations.length, n)
  t.equal(plan('-('.repeat(n) + '2' + ')'.repeat(n)).result, 2)
  t.equal(plan('sin('.repeat(n) + '1' + ')'.repeat(n)).operations[0]!.pathMs, n * 3000)
  t.equal(depthOf(plan(`max(${'1,'.repeat(n)}2)`).operations), 17)
  t.equal(placeOf(refusalOf(() => plan('1' + '+1'.repeat(499_999))))[0], 'plan_too_large')
})
