import { test } from 'tap'
import { DEFAULT_LIMITS } from '../../../src/core/language/limits.js'
import { parse } from '../../../src/core/language/parser.js'
import type { Draft } from '../../../src/core/plan/draft.js'
import { PASSES } from '../../../src/core/plan/passes.js'
import { createPlan } from '../../../src/core/plan/plan.js'
import { draftPlan, planExpression } from '../../../src/core/plan/planner.js'
import { reassociate } from '../../../src/core/plan/reassociate.js'
import { depthOf, lines, outcome } from './evaluate.js'

type Times = ReadonlyMap<string, number>

const SAME: Times = new Map([['+', 100], ['-', 100], ['*', 100], ['/', 100], ['sqrt', 100]])

const variables = new Map([['n', 7], ['h', 0.5], ['big', 2 ** 52]])

function draft (source: string, times = SAME): Draft {
  return draftPlan(parse(source, DEFAULT_LIMITS), { times, limits: DEFAULT_LIMITS, variables })
}

function balanced (source: string, times = SAME): string[] {
  return lines(reassociate(draft(source, times), times))
}

function unchanged (source: string, times = SAME): boolean {
  return balanced(source, times).join('; ') === lines(draft(source, times)).join('; ')
}

function spanOf ({ operations, result }: Draft): number {
  return createPlan(operations, result).effort.spanMs
}

test('a chain becomes a tree', async t => {
  t.strictSame(balanced('1+2+3+4'), ['1 + 2', '3 + 4', '#0 + #1', '#2'])
  t.strictSame(balanced('2*3*4*5'), ['2 * 3', '4 * 5', '#0 * #1', '#2'])
  t.strictSame(balanced('1+(2+(3+4))'), ['1 + 2', '3 + 4', '#0 + #1', '#2'])
  t.strictSame(balanced('n+n+n+n'), ['7 + 7', '7 + 7', '#0 + #1', '#2'], 'variables are numbers')
})

test('1+2+…+64 of 100 ms has 6 levels instead of 63', async t => {
  const source = Array.from({ length: 64 }, (_, index) => index + 1).join('+')
  const plan = planExpression(source, { times: SAME, limits: DEFAULT_LIMITS, passes: PASSES.exact })
  t.strictSame(plan.effort, { workMs: 6300, spanMs: 600 })
  t.strictSame(plan.before, { workMs: 6300, spanMs: 6300 })
  t.equal(depthOf(plan.operations), 6)
  t.equal(outcome(plan), 2080)
})

test('what a chain becomes stands from its first sign to its last; what stays has its own place', async t => {
  const { operations } = reassociate(draft('1+2+3 +4 - 1/2/4'), SAME)
  const chain = { position: 1, length: 6 }
  t.match(operations.map(({ range: place }) => place),
    [chain, chain, chain, ...[12, 14, 9].map(position => ({ position, length: 1 }))])
  const bare = operations.map(({ range: place, ...seed }) => seed)
  t.strictSame(reassociate({ operations: bare, result: { of: 5 } }, SAME).operations.map(({ range: place }) => place),
    Array(6).fill(undefined), 'no place comes from none')
})

test('differences keep their signs', async t => {
  t.strictSame(balanced('9-1-2-3'), ['9 - 1', '2 + 3', '#0 - #1', '#2'])
  t.equal(outcome(reassociate(draft('1-(2-(3-(4-(5-6))))'), SAME)), -3)
  t.equal(outcome(reassociate(draft('-(1+2)-(3-4)-(-(5+6))'), SAME)), 9)
  t.equal(spanOf(reassociate(draft('-(1+2)-(3-4)-(-(5+6))'), SAME)), 300)
})

test('sums of products and products of sums are chains of their own', async t => {
  t.strictSame(balanced('1*2*3*4+5+6+7'),
    ['1 * 2', '3 * 4', '#0 * #1', '5 + 6', '7 + #3', '#2 + #4', '#5'])
  t.equal(spanOf(reassociate(draft('1*2*3*4+5+6+7'), SAME)), 300)
  t.equal(spanOf(reassociate(draft('(1+2+3+4)*(1+2+3+4)*5*6'), SAME)), 400)
})

test('what rounds keeps its order, and so its bits', async t => {
  for (const source of [
    '0.1+0.2+0.3', '0.1+0.2+0.3+0.4', 'h+h+h+h', '1+2+3+h', '4/2+1+2+3', '1+2+3+4/2', 'sqrt(4)+1+2+3', '2^3+1+2+3',
    '1e16+1+1+1', '9007199254740990+1+1+1', 'big+big+big+big', '94906267*94906267*1*1', '1e300*1*1*1', '0.5*2*2*2',
    '(4%3)+1+2+3', 'PI*1*1*1'
  ]) t.ok(unchanged(source), source)
  t.equal(outcome(reassociate(draft('0.1+0.2+0.3'), SAME)), 0.6000000000000001)
})

test('the part of a chain that does not round is balanced', async t => {
  t.strictSame(balanced('1+2+3+4+h'), ['1 + 2', '3 + 4', '#0 + #1', '#2 + 0.5', '#3'])
  t.strictSame(balanced('1+2+3+4-9007199254740990'), ['1 + 2', '3 + 4', '#0 + #1', '#2 - 9007199254740990', '#3'])
})

test('each occurrence counts: magnitudes add up also where values cancel out', async t => {
  t.ok(unchanged('big-big+big-big'))
  t.notOk(unchanged('1+2+3+9007199254740985'))
  t.ok(unchanged('1+2+3+9007199254740986'), '2^53 is too much')
})

test('a 0 hides no overflow', async t => {
  for (const source of ['0*1e300*1e300*1', '1e300*0*1e300*1', '0*94906267*94906267*1']) t.ok(unchanged(source), source)
  t.notOk(unchanged('0*3*4*5'))
})

test('what fails goes on to fail', async t => {
  for (const source of ['1+2+3+1e308*10', '1/0+1+2+3', '1e308+1e308-1e308-1e308', 'sqrt(-1)*2*3*4']) {
    t.equal(outcome(draft(source)), null, source)
    t.equal(outcome(reassociate(draft(source), SAME)), null, source)
  }
})

test('nothing is done where nothing is gained', async t => {
  for (const source of ['42', '1+2', '1+2+3', '(1+2)+(3+4)', '1*2+3*4', '2*(3+4)']) t.ok(unchanged(source), source)
  const none: Times = new Map()
  t.ok(unchanged('1+2+3+4', none), 'and where nothing takes any time')
})

test('what is known first is joined first', async t => {
  const times: Times = new Map([['+', 100], ['-', 100], ['*', 1000]])
  t.strictSame(balanced('1*2+3+4'), ['1 * 2', '3 + 4', '#0 + #1', '#2'])
  t.equal(spanOf(reassociate(draft('1*2+3+4+5+6', times), times)), 1100, 'the rest is ready before the product is')
  t.equal(spanOf(draft('1*2+3+4+5+6', times)), 1400)
})

test('kinds with other times are exchanged only if the work does not grow', async t => {
  const slowSums: Times = new Map([['+', 500], ['-', 100]])
  t.ok(unchanged('9-1-2', slowSums))
  t.ok(unchanged('9-1-2-3', slowSums), '9-(1+2+3) would add')
  const slowDifferences: Times = new Map([['+', 100], ['-', 500]])
  t.strictSame(balanced('9-1-2-3', slowDifferences), ['1 + 2', '3 + #0', '9 - #1', '#2'])
  t.strictSame(balanced('9-(1+2+3+4)', slowDifferences), ['1 + 2', '3 + 4', '#0 + #1', '9 - #2', '#3'])
  t.strictSame(balanced('1-2+3-4', slowSums), ['1 - 2', '3 - 4', '#0 + #1', '#2'])
})

test('the work never grows and the span never, whatever the times', async t => {
  const sources = [
    '9-1-2-3-4-5', '9-(1+2+3+4)', '1-2+3-4+5-6', '-(1+2)-(3-4)-5', '9-(8-(7-(6-(5-4))))', '1-(2+3)-(4+5)-6'
  ]
  for (const plus of [0, 1, 100, 1000]) {
    for (const minus of [0, 1, 100, 1000]) {
      const times: Times = new Map([['+', plus], ['-', minus]])
      for (const source of sources) {
        const before = draft(source, times)
        const after = reassociate(before, times)
        const [old, { effort }] = [createPlan(before.operations, 0).effort, createPlan(after.operations, 0)]
        t.ok(effort.workMs <= old.workMs && effort.spanMs <= old.spanMs, `${source} with ${plus} and ${minus}`)
        t.equal(outcome(after), outcome(before), source)
      }
    }
  }
})

test('what is used twice stays as it is', async t => {
  const { operations, result } = draft('1+2+3')
  const twice: Draft = {
    operations: [...operations, { symbol: '+', left: result, right: 4, timeMs: 100 },
      { symbol: '+', left: { of: 2 }, right: result, timeMs: 100 }],
    result: { of: 3 }
  }
  t.equal(outcome(twice), 16)
  const after = reassociate(twice, SAME)
  t.equal(outcome(after), 16)
  t.equal(after.operations.length, 4, 'no operation is done again')
  const whole = reassociate({ operations: twice.operations.slice(0, 3), result }, SAME)
  t.equal(outcome(whole), 6, 'nor is the result lost that something else goes on from')
})

test('sharing comes first, and what is shared is one term', async t => {
  const plan = planExpression('(1+2+3+4)*(1+2+3+4)', { times: SAME, limits: DEFAULT_LIMITS, passes: PASSES.exact })
  t.strictSame(lines(plan), ['1 + 2', '3 + 4', '#0 + #1', '#2 * #2', '#3'])
  t.strictSame(plan.before, { workMs: 700, spanMs: 400 })
  t.strictSame(plan.effort, { workMs: 400, spanMs: 300 })
})

test('100,000 terms are balanced without a stack', async t => {
  const n = 100_000
  const depth = (source: string): number => depthOf(reassociate(draft(source), SAME).operations)
  t.equal(depth('1' + '+1'.repeat(n)), 17)
  t.equal(depth('1' + '-1'.repeat(n)), 17)
  t.equal(depth('1' + '*1'.repeat(n)), 17)
  t.equal(depth('1-('.repeat(n) + '1' + ')'.repeat(n)), 17)
  t.equal(depth('-'.repeat(n) + '(1+1)'), 17)
  t.equal(depth('1' + '+h'.repeat(n)), n)
  t.equal(depth('1' + '^1'.repeat(n)), n)
})
