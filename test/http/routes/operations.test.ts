import { test } from 'tap'
import { build } from '../helper.js'

test('the operations are listed with their times', async t => {
  const { app, orchestrator } = build(t)
  const response = await app.inject('/api/v1/operations')
  t.equal(response.statusCode, 200)
  const { operations } = response.json<{ operations: unknown[] }>()
  t.strictSame(operations[0], { symbol: '+', name: 'addition', arity: 2, time_ms: 100 })
  t.equal(operations.length, orchestrator.operations().length)
  t.equal(response.json<{ optimized: boolean }>().optimized, orchestrator.optimizes)
})
