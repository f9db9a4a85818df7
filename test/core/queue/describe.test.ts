import { test } from 'tap'
import { claimTask, completeTask, startCalculation } from '../../../src/core/queue/calculation-changes.js'
import { describeOperations } from '../../../src/core/queue/describe.js'
import { DEFAULT_LIMITS } from '../../../src/core/language/limits.js'
import { planExpression } from '../../../src/core/plan/planner.js'

function started () {
  const plan = planExpression('sin(1)+2*3', { times: new Map(), limits: DEFAULT_LIMITS })
  return startCalculation({
    id: 4, kind: 'expression', source: 'sin(1)+2*3', firstTask: 11, createdAt: 0, idempotency: null, plan
  })
}

test('each task comes with its operands as far as they are known', async t => {
  const calculation = started()
  t.match(describeOperations(calculation), {
    expression: { id: 4 }, firstTask: 11, indices: [0, 1, 2], operands: [[1, 0], [2, 3], [null, null]]
  })
  completeTask(calculation, 1, 6, 5)
  const { operands, tasks, operations } = describeOperations(calculation)
  t.strictSame(operands, [[1, 0], [2, 3], [null, 6]])
  t.strictSame(operations, calculation.plan.operations)
  t.match(tasks, [{ state: 'ready' }, { state: 'completed', value: 6 }, { state: 'waiting' }])
})

test('what was described does not change any more', async t => {
  const calculation = started()
  const { tasks } = describeOperations(calculation)
  claimTask(calculation, 0, { agent: 'a', lease: 'l', leaseMs: 1, at: 1 })
  t.equal(tasks[0]!.state, 'ready')
})

test('a range is named by task ids', async t => {
  const range = (after: number | undefined, limit: number | undefined) => {
    const { indices, tasks, operands } = describeOperations(started(),
      { ...after !== undefined && { after }, ...limit !== undefined && { limit } })
    t.equal(operands.length, tasks.length)
    return [indices[0] ?? null, tasks.length]
  }
  t.strictSame(range(undefined, undefined), [0, 3])
  t.strictSame(range(undefined, 2), [0, 2])
  t.strictSame(range(0, 2), [0, 2])
  t.strictSame(range(10, 2), [0, 2])
  t.strictSame(range(11, 2), [1, 2])
  t.strictSame(range(12, 2), [2, 1])
  t.strictSame(range(13, 2), [null, 0])
  t.strictSame(range(99, 2), [null, 0])
})
