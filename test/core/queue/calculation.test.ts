import fc from 'fast-check'
import { test } from 'tap'
import {
  type Calculation, isOpen, operandValue, operationAt, peekTasks, taskAt
} from '../../../src/core/queue/calculation.js'
import {
  cancelCalculation, claimTask, completeTask, failCalculation, releaseTask, retryTask, startCalculation, suspendTask
} from '../../../src/core/queue/calculation-changes.js'
import { describe } from '../../../src/core/queue/describe.js'
import { type Operand, type OperationSeed, createPlan } from '../../../src/core/plan/plan.js'

const CLAIMANT = { agent: 'tester', lease: 'L1', leaseMs: 500, at: 2_000 }

type Operands = readonly [Operand, Operand]

function start (sums: readonly Operands[], result: Operand = { of: sums.length - 1 }): Calculation {
  const seeds = sums.map(([left, right]): OperationSeed => ({ symbol: '+', left, right, timeMs: 1 }))
  const origin = { id: 1, kind: 'expression', source: '', firstTask: 1, createdAt: 1_000, idempotency: null }
  return startCalculation({ ...origin, plan: createPlan(seeds, result) })
}

/** (1+2)+(3+4) */
const tree = () => start([[1, 2], [3, 4], [{ of: 0 }, { of: 1 }]])

const statesOf = (calculation: Calculation): string[] => Array.from(peekTasks(calculation), ({ state }) => state)

test('it starts pending, with those tasks ready whose operands are numbers', async t => {
  const calculation = tree()
  t.same(statesOf(calculation), ['ready', 'ready', 'waiting'])
  t.match(describe(calculation), {
    status: 'pending', result: null, startedAt: null, finishedAt: null, operations: { total: 3, completed: 0 }
  })
})

test('without operations it is completed at once', async t => {
  for (const value of [42, 0, -5]) {
    const calculation = start([], value)
    t.match(describe(calculation), { status: 'completed', result: value, startedAt: null, finishedAt: 1_000 })
    t.notOk(isOpen(calculation))
  }
})

test('a claim spends an attempt; the first makes the calculation in_progress', async t => {
  const calculation = tree()
  claimTask(calculation, 1, CLAIMANT)
  t.match(taskAt(calculation, 1), {
    state: 'leased', attempts: 1, lease: 'L1', leaseMs: 500, agent: 'tester', claimedAt: 2_000
  })
  claimTask(calculation, 0, { ...CLAIMANT, at: 3_000 })
  t.match(describe(calculation), { status: 'in_progress', startedAt: 2_000 })
})

test('a release gives the attempt back, a retry does not; both make the task as good as new', async t => {
  const retry = (calculation: Calculation, index: number, at: number): void =>
    retryTask(calculation, index, at, { outcome: 'expired' })
  for (const [giveBack, attempts] of [[releaseTask, 1], [retry, 2]] as const) {
    const calculation = tree()
    claimTask(calculation, 0, CLAIMANT)
    retry(calculation, 0, 2_500)
    claimTask(calculation, 0, CLAIMANT)
    giveBack(calculation, 0, 3_000)
    t.match(taskAt(calculation, 0), { state: 'ready', attempts, lease: null, agent: null, claimedAt: null })
    t.match(describe(calculation), { status: 'in_progress', startedAt: 2_000 }, 'and never pending again')
    t.equal(describe(calculation).updatedAt, 3_000)
  }
})

test('a suspended task is nobody’s, and its result still counts', async t => {
  const calculation = tree()
  claimTask(calculation, 0, CLAIMANT)
  suspendTask(calculation, 0, 3_000)
  t.match(taskAt(calculation, 0), { state: 'overdue', attempts: 1, lease: null, agent: 'tester' })
  t.equal(describe(calculation).updatedAt, 3_000)
  completeTask(calculation, 0, 3, 4_000)
  t.match(taskAt(calculation, 0), { state: 'completed', value: 3, completedAt: 4_000 })
})

test('an operation is ready once both operands are done, and the last one completes the calculation', async t => {
  const calculation = tree()
  t.same(completeTask(calculation, 1, 7, 2_000), [])
  t.match(describe(calculation), { status: 'in_progress', startedAt: 2_000 }, 'a result without a claim starts it too')
  t.same(completeTask(calculation, 0, 3, 3_000), [2])
  t.same([operandValue(calculation, { of: 0 }), operandValue(calculation, { of: 1 })], [3, 7])
  t.equal(operandValue(calculation, { of: 2 }), undefined)
  t.same(completeTask(calculation, 2, 10, 4_000), [])
  t.match(describe(calculation), { status: 'completed', result: 10, finishedAt: 4_000, operations: { completed: 3 } })
})

test('0 is a result, for an operand and for the whole', async t => {
  const calculation = start([[1, -1], [{ of: 0 }, 0]])
  t.same(completeTask(calculation, 0, 0, 2_000), [1])
  t.equal(operandValue(calculation, { of: 0 }), 0)
  completeTask(calculation, 1, 0, 3_000)
  t.match(describe(calculation), { status: 'completed', result: 0 })
})

test('an operation that takes another one twice waits for it once', async t => {
  const calculation = start([[1, 2], [{ of: 0 }, { of: 0 }]])
  t.same(completeTask(calculation, 0, 3, 2_000), [1])
})

test('an early end drops what is unfinished and keeps what is done', async t => {
  const error = { code: 'division_by_zero', message: 'Division by zero' }
  const endings: Array<[string, (calculation: Calculation) => void, object]> = [
    ['failed', calculation => failCalculation(calculation, error, 5_000), { error, result: null }],
    ['cancelled', calculation => cancelCalculation(calculation, 5_000), { error: null, result: null }]
  ]
  for (const [status, end, more] of endings) {
    const calculation = tree()
    completeTask(calculation, 0, 3, 2_000)
    claimTask(calculation, 1, CLAIMANT)
    end(calculation)
    t.same(statesOf(calculation), ['completed', 'dropped', 'dropped'])
    t.equal(taskAt(calculation, 1).lease, null)
    t.match(describe(calculation), { status, finishedAt: 5_000, operations: { completed: 1 }, ...more })
    t.notOk(isOpen(calculation))
  }
})

test('operations that the result does not need are dropped with it', async t => {
  const calculation = start([[1, 2], [3, 4]], { of: 0 })
  t.same(completeTask(calculation, 0, 3, 2_000), [])
  t.same(statesOf(calculation), ['completed', 'dropped'])
})

test('a task that does not exist is a fault', async t => {
  const calculation = tree()
  for (const index of [-1, 3, 0.5]) {
    t.throws(() => taskAt(calculation, index), RangeError)
    t.throws(() => operationAt(calculation, index), RangeError)
  }
})

test('worked off in any order, every operation is ready exactly once, and the value is that of the plan', async t => {
  // Any graph, operands shared and operations unneeded, as the planner alone would never make it.
  const operand = fc.tuple(fc.boolean(), fc.nat(9))
  const seeds = fc.array(fc.tuple(operand, operand), { minLength: 1, maxLength: 15, size: 'max' }).map(list =>
    list.map(([left, right], index) => [left, right].map(([earlier, pick]) =>
      earlier && index > 0 ? { of: pick % index } : pick) as [Operand, Operand]))
  const picks = fc.array(fc.nat(100), { minLength: 15, maxLength: 15 })
  let total = 0
  fc.assert(fc.property(seeds, picks, (list, order) => {
    const values: number[] = []
    const valueOf = (operand: Operand) => typeof operand === 'number' ? operand : values[operand.of]!
    for (const [left, right] of list) values.push(valueOf(left) + valueOf(right))

    const calculation = start(list)
    const ready = statesOf(calculation).flatMap((state, index) => state === 'ready' ? index : [])
    const seen = new Set(ready)
    for (let step = 0; ready.length > 0 && isOpen(calculation); step++) {
      const [index] = ready.splice(order[step]! % ready.length, 1)
      const { left, right } = operationAt(calculation, index!)
      const value = operandValue(calculation, left)! + operandValue(calculation, right)!
      for (const next of completeTask(calculation, index!, value, step)) {
        if (seen.has(next)) throw new Error(`operation ${next} was ready twice`)
        seen.add(next)
        ready.push(next)
      }
      total++
    }
    if (calculation.result !== values.at(-1)) throw new Error(`${calculation.result}, not ${values.at(-1)}`)
    if (statesOf(calculation).some(state => state !== 'completed' && state !== 'dropped')) throw new Error('unfinished')
  }), { numRuns: 1_000 })
  t.ok(total > 1_000)
})
