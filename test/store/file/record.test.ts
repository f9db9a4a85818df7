import { test } from 'tap'
import { DEFAULT_LIMITS } from '../../../src/core/language/limits.js'
import { PASSES } from '../../../src/core/plan/passes.js'
import { planExpression } from '../../../src/core/plan/planner.js'
import { startCalculation } from '../../../src/core/calculation.js'
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
    t.strictSame(fromRecord(JSON.parse(JSON.stringify(toRecord(calculation)))), calculation, source)
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
