import fc from 'fast-check'
import { test } from 'tap'
import { DEFAULT_LIMITS } from '../../../src/core/language/limits.js'
import { operationOf } from '../../../src/core/operations.js'
import type { Operand, Plan } from '../../../src/core/plan/plan.js'
import { planExpression } from '../../../src/core/plan/planner.js'
import { samples } from '../language/expressions.js'
import { placeOf, refusalOf } from '../language/refusal.js'

const times = new Map([['+', 1000], ['-', 1001], ['*', 2000], ['/', 2001]])

function plan (source: string, limits = DEFAULT_LIMITS): Plan {
  return planExpression(source, { times, limits })
}

/** Operations as `left symbol right`, an earlier one as `#index`. */
function lines ({ operations, result }: Plan): string[] {
  const show = (operand: Operand) => typeof operand === 'number' ? String(operand) : `#${operand.of}`
  return [...operations.map(({ symbol, left, right }) => `${show(left)} ${symbol} ${show(right)}`), show(result)]
}

/** What the plan comes to when agents work it out; null when a step is not finite. */
function outcome ({ operations, result }: Plan): number | null {
  const values: number[] = []
  const valueOf = (operand: Operand) => typeof operand === 'number' ? operand : values[operand.of]!
  for (const { symbol, left, right } of operations) {
    const operation = operationOf(symbol)
    const value = operation.compute(valueOf(left), valueOf(right))
    if (!Number.isFinite(value)) return null
    if (operation.refusal(valueOf(left), valueOf(right)) !== null) throw new Error(`${symbol} was refused`)
    values.push(value + 0)
  }
  return valueOf(result)
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

test('minus zero is zero', async t => {
  for (const source of ['-0', '--0', '---0', '-0.0', '-1e-400']) t.ok(Object.is(plan(source).result, 0), source)
  t.ok(Object.is(plan('1*-0').operations[0]!.right, 0))
})

test('each operation has the time of its kind', async t => {
  t.strictSame(plan('1+2-3*4/5').operations.map(({ symbol, timeMs }) => [symbol, timeMs]),
    [['+', 1000], ['*', 2000], ['/', 2001], ['-', 1001]])
  t.equal(plan('-(1*2)').operations.at(-1)!.timeMs, 1001, 'a minus takes the time of a subtraction')
  t.equal(planExpression('1+2', { times: new Map(), limits: DEFAULT_LIMITS }).operations[0]!.timeMs, 0)
})

test('the plan of a random expression comes to the value of the expression', async t => {
  let failed = 0
  fc.assert(fc.property(samples, ({ text, value }) => {
    const found = outcome(plan(text))
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
  t.equal(placeOf(refusalOf(() => plan('1' + '+1'.repeat(499_999))))[0], 'plan_too_large')
})
