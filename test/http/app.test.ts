import { test } from 'tap'
import { build, submit } from './helper.js'

test('requests have time-outs, and the longest poll fits into them', async t => {
  const { app } = build(t)
  const { server } = app
  for (const timeout of ['headersTimeout', 'requestTimeout', 'keepAliveTimeout', 'timeout'] as const) {
    t.ok(server[timeout] > 0, `${timeout} is set`)
  }
  t.ok(server.timeout > 60_000, 'a connection may be silent for longer than a poll lasts')
  t.ok(server.headersTimeout <= server.requestTimeout)
})

test('slow answers are logged, but not those that were asked to wait', async t => {
  const { app, log } = build(t, { slowMs: 0 })
  await submit(app, '1')
  t.match(log, [{
    level: 40, msg: 'Slow answer', method: 'POST', url: '/api/v1/calculate', status: 201, tookMs: Number
  }])
  await app.inject('/api/v1/expressions/1?wait=1')
  t.equal(log.length, 1)
})

test('requests share one logger, because one for each would cost more than they do', async t => {
  const { app } = build(t)
  const loggers = new Set([app.log])
  app.addHook('onRequest', async ({ log }) => { loggers.add(log) })
  await app.inject('/internal/task')
  await app.inject('/nothing')
  t.equal(loggers.size, 1)
})

test('agents\' requests leave no line in the log', async t => {
  const { app, log } = build(t, { slowMs: 0 })
  await app.inject('/internal/task')
  await app.inject({ method: 'POST', url: '/internal/task', payload: { id: 1, result: 1 } })
  t.strictSame(log, [])
})
