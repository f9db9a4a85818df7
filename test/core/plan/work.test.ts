import { test } from 'tap'
import { DEFAULT_LIMITS } from '../../../src/core/language/limits.js'
import { PASSES } from '../../../src/core/plan/passes.js'
import { planWork } from '../../../src/core/plan/work.js'

const times = new Map([['+', 100], ['*', 200], ['task', 300]])
const OPTIONS = { times, limits: DEFAULT_LIMITS, passes: PASSES.exact }

test('work in the words of the language is planned like any expression', async t => {
  const { operations } = planWork({ source: 'x+x*2', variables: { x: 3 } }, OPTIONS)
  t.match(operations, [{ symbol: '*', left: 3, right: 2, timeMs: 200 }, { symbol: '+', left: 3, right: { of: 0 } }])
  t.throws(() => planWork({ source: 'x' }, OPTIONS), { code: 'variable_missing' })
  t.throws(() => planWork({ source: 'x', variables: { x: 'y' } }, OPTIONS), { code: 'variable_invalid' })
})

test('work may be operations: the last one is the result, times are frozen, and one operand is enough', async t => {
  const { operations, result, effort } = planWork({
    source: 'anything',
    operations: [
      { symbol: 'task', left: 50, timeMs: 50 },
      { symbol: 'task', left: 70 },
      { symbol: '+', left: { of: 0 }, right: { of: 1 } }
    ]
  }, OPTIONS)
  t.match(operations, [
    { symbol: 'task', left: 50, right: 0, timeMs: 50, dependents: [2] }, { timeMs: 300 }, { symbol: '+', timeMs: 100 }
  ])
  t.strictSame(result, { of: 2 })
  t.strictSame(effort, { workMs: 450, spanMs: 400 })
})

test('a negative zero does not get into a plan', async t => {
  const { operations } = planWork({ source: '-0', operations: [{ symbol: '+', left: -0, right: -0 }] }, OPTIONS)
  t.ok(Object.is(operations[0]!.left, 0) && Object.is(operations[0]!.right, 0))
})

test('work of too many operations is refused', async t => {
  const limits = { ...DEFAULT_LIMITS, operations: 2 }
  const operations = Array.from({ length: 3 }, () => ({ symbol: 'task', left: 1 }))
  t.throws(() => planWork({ source: 'three', operations }, { ...OPTIONS, limits }), { code: 'plan_too_large' })
})

test('operations that do not exist, or come too late, are a fault of the service', async t => {
  t.throws(() => planWork({ source: '', operations: [{ symbol: '+', left: { of: 0 } }] }, OPTIONS), RangeError)
  t.throws(() => planWork({ source: '', operations: [] }, OPTIONS), RangeError)
  t.throws(() => planWork({ source: '', operations: [{ symbol: 'sleep', left: 1 }] }, OPTIONS), RangeError)
})
