import { test } from 'tap'
import { type Operand, type OperationSeed, createPlan, missingOperands } from '../../../src/core/plan/plan.js'

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

test('dependents are those that wait, twice where an operation is taken twice', async t => {
  const { operations } = createPlan([seed(1, 2), seed({ of: 0 }, { of: 0 }), seed({ of: 0 }, { of: 1 })], { of: 2 })
  t.strictSame(operations.map(({ dependents }) => dependents), [[1, 1, 2], [2], []])
  t.strictSame(operations.map(missingOperands), [0, 2, 2])
})

test('a plan may have nothing to do', async t => {
  t.strictSame(createPlan([], 42), { operations: [], result: 42 })
})

test('an operand must be earlier and the result must exist', async t => {
  t.throws(() => createPlan([seed({ of: 0 }, 1)], { of: 0 }), RangeError, 'itself')
  t.throws(() => createPlan([seed(1, { of: 1 }), seed(1, 1)], { of: 1 }), RangeError, 'a later one')
  t.throws(() => createPlan([seed({ of: -1 }, 1)], { of: 0 }), RangeError, 'none')
  t.throws(() => createPlan([seed(1, 1)], { of: 1 }), RangeError, 'no result')
  t.throws(() => createPlan([], { of: 0 }), RangeError, 'no result of nothing')
})
