import { test } from 'tap'
import { DEFAULT_LIMITS } from '../../../src/core/language/limits.js'
import { parse } from '../../../src/core/language/parser.js'
import type { Draft } from '../../../src/core/plan/draft.js'
import { draftPlan } from '../../../src/core/plan/planner.js'
import { share } from '../../../src/core/plan/share.js'
import { lines } from './evaluate.js'

const times = new Map([['+', 10], ['-', 20], ['*', 30]])
const variables = new Map([['x', 5], ['y', 5], ['z', 0.5]])

function draft (source: string): Draft {
  return draftPlan(parse(source, DEFAULT_LIMITS), { times, limits: DEFAULT_LIMITS, variables })
}

function shared (source: string): string[] {
  return lines(share(draft(source), times))
}

test('equal sub-expressions are computed once, however deep', async t => {
  t.strictSame(shared('(1+2)*(1+2)'), ['1 + 2', '#0 * #0', '#1'])
  t.strictSame(shared('sin(1+2)/sin(1+2)'), ['1 + 2', '#0 sin 0', '#1 / #1', '#2'])
  t.strictSame(shared('(1+2+3)*(1+2)'), ['1 + 2', '#0 + 3', '#1 * #0', '#2'])
  t.strictSame(shared('(1+2)-(1+2)-(1+2)'), ['1 + 2', '#0 - #0', '#1 - #0', '#2'])
  t.strictSame(shared('(x+1)*(y+1)*(5+1.0)'), ['5 + 1', '#0 * #0', '#1 * #0', '#2'], 'by value, not by name')
})

test('the whole may be what was computed before', async t => {
  t.strictSame(shared('min(1+2,1+2)'), ['1 + 2', '#0 min #0', '#1'])
  t.strictSame(shared('42'), ['42'])
})

test('where the order of operands does not matter, it makes no difference', async t => {
  t.strictSame(shared('(1+2)*(2+1)'), ['1 + 2', '#0 * #0', '#1'])
  t.strictSame(shared('(z*(1-2))-((1-2)*z)'), ['1 - 2', '0.5 * #0', '#1 - #1', '#2'])
  t.strictSame(shared('max(1,2)-max(2,1)'), ['1 max 2', '#0 - #0', '#1'])
})

test('what differs is not shared', async t => {
  for (const source of [
    '(1-2)*(2-1)', '(1/2)*(2/1)', '(2^3)*(3^2)', '(1+2)*(1-2)', '(1+2)*(1+3)', 'sin(1)*sind(1)', 'log(2)*log(2,3)',
    'atan2(1,2)*atan2(2,1)', '(7%5)*(5%7)'
  ]) t.strictSame(lines(share(draft(source), times)), lines(draft(source)), source)
})

test('an operation and a number are never taken for one another', async t => {
  // The first operation has index 0; its result must not be mixed up with the numbers 0 and 1.
  t.strictSame(shared('(5+5)+1-(0+1)'), ['5 + 5', '#0 + 1', '0 + 1', '#1 - #2', '#3'])
  t.strictSame(shared('(5+5)*0-(5*0)'), ['5 + 5', '#0 * 0', '5 * 0', '#1 - #2', '#3'])
})

test('what stands at several places has the first of them', async t => {
  const { operations } = share(draft('(1+2)*(2+1) - (1+2)'), times)
  t.match(operations.map(({ range: place }) => place), [2, 5, 12].map(position => ({ position, length: 1 })))
})

test('times stay with their operations', async t => {
  const { operations } = share(draft('(1+2)*(1+2)-(1+2)'), times)
  t.strictSame(operations.map(({ timeMs }) => timeMs), [10, 30, 20])
})

test('100,000 operations are shared without a stack', async t => {
  const n = 100_000
  t.equal(share(draft(`0${'+sin(1)'.repeat(n / 2)}`), times).operations.length, 1 + n / 2)
  t.equal(share(draft(`max(${'1,'.repeat(n)}1)`), times).operations.length, 22, 'equal ones at the same depth')
  t.equal(share(draft('-'.repeat(n) + '(1+1)'), times).operations.length, n + 1)
})
