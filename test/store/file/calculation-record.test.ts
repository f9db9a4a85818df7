import { test } from 'tap'
import { DEFAULT_LIMITS } from '../../../src/core/language/limits.js'
import { PASSES } from '../../../src/core/plan/passes.js'
import { planExpression } from '../../../src/core/plan/planner.js'
import { type Calculation, peekTasks } from '../../../src/core/queue/calculation.js'
import {
  claimTask, completeTask, failCalculation, retrieveCalculation, retryTask, startCalculation, touchCalculation
} from '../../../src/core/queue/calculation-changes.js'
import { fromRecord, toRecord } from '../../../src/store/file/calculation-record.js'

function calculationOf (source: string) {
  const times = new Map([['+', 100], ['*', 100], ['sin', 7]])
  const plan = planExpression(source, { times, limits: DEFAULT_LIMITS, passes: PASSES.exact })
  return startCalculation({
    id: 3, kind: 'expression', source, firstTask: 5, createdAt: 1, idempotency: null, plan
  })
}

test('a calculation comes back from the snapshot as it was', async t => {
  for (const source of ['42', '1+2', 'sin(1)*2', '1+2+3+4', '(1+2)*(1+2)']) {
    const calculation = calculationOf(source)
    const whole = (one: Calculation) => ({ ...one, tasks: [...peekTasks(one)] })
    t.strictSame(whole(fromRecord(JSON.parse(JSON.stringify(toRecord(calculation))))), whole(calculation), source)
  }
})

test('the effort before the passes is stored where they changed it, and costs nothing where they did not', async t => {
  t.strictSame(toRecord(calculationOf('1+2+3+4')).before, { workMs: 300, spanMs: 300 })
  t.notOk('before' in toRecord(calculationOf('1+2')))
})

test('what a failure names survives the snapshot, and costs nothing without one', async t => {
  const calculation = calculationOf('1+2')
  t.equal(toRecord(calculation).tasks[0]!.length, 9)
  for (const agent of ['a', null]) {
    claimTask(calculation, 0, { agent, lease: 'L', leaseMs: 100, at: 40 })
    retryTask(calculation, 0, 50, { outcome: 'failed', message: 'No beads' })
  }
  failCalculation(calculation, { code: 'x', message: 'y' }, 60, 0)
  t.strictSame(fromRecord(JSON.parse(JSON.stringify(toRecord(calculation)))), calculation)
  t.match(toRecord(calculation), { failed: 0, ranges: [1, 1], tasks: [['failed']] })
})

test('the last update and the first retrieval come back from the snapshot', async t => {
  const calculation = calculationOf('1+2')
  completeTask(calculation, 0, 3, 70)
  t.notOk('retrievedAt' in toRecord(calculation))
  touchCalculation(calculation, 75)
  retrieveCalculation(calculation, 80)
  t.match(fromRecord(toRecord(calculation)), { updatedAt: 75, retrievedAt: 80 })
})

test('a lease of an own agent comes back from the snapshot; a record without the member has none', async t => {
  const calculation = calculationOf('(1+2)*(3+4)')
  claimTask(calculation, 0, { agent: 'own', local: true, lease: 'L1', leaseMs: 100, at: 40 })
  claimTask(calculation, 1, { agent: 'other', lease: 'L2', leaseMs: 100, at: 40 })
  const record = toRecord(calculation)
  t.match(fromRecord(record).tasks, [{ local: true }, { local: false }, { local: false }])
  t.same(record.tasks.map(({ length }) => length), [11, 9, 9], 'it costs nothing where there is none')
  completeTask(calculation, 0, 3, 50)
  t.strictSame(fromRecord(toRecord(calculation)).tasks, calculation.tasks)
})
