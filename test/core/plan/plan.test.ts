import { test } from 'tap'
import {
  type Operand, type OperationSeed, createPlan, missingOperands, parallelismOf, sourceRangeOf
} from '../../../src/core/plan/plan.js'

function seed (left: Operand, right: Operand, timeMs = 1): OperationSeed {
  return { symbol: '+', left, right, timeMs }
}

test('the remaining path is the longest one in ms, the operation itself included', async t => {
  const { operations } = createPlan([
    seed(1, 2, 10),
    seed(3, 4, 1),
    seed({ of: 0 }, { of: 1 }, 100),
    seed({ of: 1 }, 5, 500),
    seed({ of: 2 }, { of: 3 }, 1000)
  ], { of: 4 })
  t.strictSame(operations.map(({ pathMs }) => pathMs), [1110, 1501, 1100, 1500, 1000])
})

test('work is the sum of the times, span the longest path, and one over the other the most to be gained', async t => {
  const seeds = [seed(1, 2, 10), seed(3, 4, 30), seed({ of: 0 }, { of: 1 }, 20)]
  const { effort, before } = createPlan(seeds, { of: 2 })
  t.strictSame(effort, { workMs: 60, spanMs: 50 })
  t.equal(parallelismOf(effort), 1.2)
  t.equal(before, effort, 'nothing was changed')
  t.equal(parallelismOf({ workMs: 0, spanMs: 0 }), 1, 'where nothing takes any time, nothing is to be gained')
})

test('what it would have taken before is remembered where it is something else', async t => {
  const before = { workMs: 5, spanMs: 3 }
  t.strictSame(createPlan([seed(1, 2, 2)], { of: 0 }, before).before, before)
  const same = createPlan([seed(1, 2, 2)], { of: 0 }, { workMs: 2, spanMs: 2 })
  t.equal(same.before, same.effort)
})

test('dependents are those that wait, twice where an operation is taken twice', async t => {
  const { operations } = createPlan([seed(1, 2), seed({ of: 0 }, { of: 0 }), seed({ of: 0 }, { of: 1 })], { of: 2 })
  t.strictSame(operations.map(({ dependents }) => dependents), [[1, 1, 2], [2], []])
  t.strictSame(operations.map(missingOperands), [0, 2, 2])
})

test('a plan may have nothing to do', async t => {
  const effort = { workMs: 0, spanMs: 0 }
  t.strictSame(createPlan([], 42), { operations: [], result: 42, effort, before: effort })
})

test('an operand must be earlier and the result must exist', async t => {
  t.throws(() => createPlan([seed({ of: 0 }, 1)], { of: 0 }), RangeError, 'itself')
  t.throws(() => createPlan([seed(1, { of: 1 }), seed(1, 1)], { of: 1 }), RangeError, 'a later one')
  t.throws(() => createPlan([seed({ of: -1 }, 1)], { of: 0 }), RangeError, 'none')
  t.throws(() => createPlan([seed(1, 1)], { of: 1 }), RangeError, 'no result')
  t.throws(() => createPlan([], { of: 0 }), RangeError, 'no result of nothing')
})

test('each operation has a source range, or none has', async t => {
  const range = { position: 7, length: 2 }
  const plan = createPlan([{ ...seed(1, 2), range }, { ...seed({ of: 0 }, 2), range: { position: 0, length: 1 } }], 0)
  t.strictSame(plan.ranges, [7, 2, 0, 1])
  t.strictSame(sourceRangeOf(plan, 0), range)
  t.equal(sourceRangeOf(plan, 2), null)
  t.equal(sourceRangeOf(createPlan([{ ...seed(1, 2), range }, seed(1, 2)], 0), 0), null)
  t.strictSame(createPlan([seed(1, 2)], 0, undefined, [7, 2]).ranges, [7, 2], 'as it was kept')
})
