import { test } from 'tap'
import { DEFAULT_LIMITS } from '../../../src/core/language/limits.js'
import { PASSES } from '../../../src/core/plan/passes.js'
import { planExpression } from '../../../src/core/plan/planner.js'
import {
  type Calculation, claimTask, completeTask, peekTasks, retrieveCalculation, startCalculation, touchCalculation
} from '../../../src/core/calculation.js'
import { fromRecord, toRecord } from '../../../src/store/file/record.js'

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

test('the effort before the passes is kept where they changed it, and costs nothing where they did not', async t => {
  t.strictSame(toRecord(calculationOf('1+2+3+4')).before, { workMs: 300, spanMs: 300 })
  t.notOk('before' in toRecord(calculationOf('1+2')))
})

test('a record of a version that knew no effort is read', async t => {
  const { before, ...old } = toRecord(calculationOf('1+2+3+4'))
  const { plan } = fromRecord(old)
  t.ok(before !== undefined)
  t.strictSame(plan.before, plan.effort)
})

test('the last update and the first retrieval come back from the snapshot', async t => {
  const calculation = calculationOf('1+2')
  completeTask(calculation, 0, 3, 70)
  t.notOk('retrievedAt' in toRecord(calculation))
  touchCalculation(calculation, 75)
  retrieveCalculation(calculation, 80)
  t.match(fromRecord(toRecord(calculation)), { updatedAt: 75, retrievedAt: 80 })
})

test('the last update of a record that does not say it is the last thing that is known to have happened', async t => {
  const calculation = calculationOf('1+2*3')
  const read = (): unknown => {
    const { updatedAt, ...old } = toRecord(calculation)
    return fromRecord(old)
  }
  t.match(read(), { updatedAt: 1, retrievedAt: null })
  claimTask(calculation, 0, { agent: null, lease: 'L', leaseMs: 100, at: 40 })
  t.match(read(), { updatedAt: 40 })
  completeTask(calculation, 0, 6, 70)
  t.match(read(), { updatedAt: 70 })
  completeTask(calculation, 1, 7, 90)
  t.match(read(), { updatedAt: 90 })
})
