import { once } from 'node:events'
import { test } from 'tap'
import { LISTENER_LIMITS } from '../../../src/http/connection/listener.js'
import { build, defer, dial, listen, request } from '../helper.js'

for (const [what, text] of [
  ['that says nothing', ''],
  ['whose headers do not end', 'GET / HTTP/1.1\r\nhost: x\r\n'],
  ['whose body does not end', 'POST /api/v1/calculate HTTP/1.1\r\nhost: localhost\r\ncontent-length: 10\r\n\r\n{']
] as const) {
  test(`a connection ${what} is cut when its time is over`, async t => {
    const { app } = build(t, { limits: { headersMs: 20, requestMs: 40, checkMs: 10 } })
    const wire = await dial(t, await listen(app))
    if (text !== '') wire.send(text)
    t.match(await wire.end, /^HTTP\/1\.1 408 Request Timeout[^]*request_timeout/)
  })
}

test('an answer before a request that does not end comes first', async t => {
  const { app } = build(t, { limits: { checkMs: 10 } })
  const held = defer()
  const bothArrived = defer()
  let arrived = 0
  app.server.on('request', () => { if (++arrived === 2) bothArrived.resolve() })
  app.get('/held', async () => {
    await held.promise
    return 'at last'
  })
  const failed = once(app.server, 'clientError')
  const wire = await dial(t, await listen(app))
  wire.send(request('GET /held') + request('POST /api/v1/calculate', 'content-length: 10\r\n'))
  await bothArrived.promise
  // Node reads both at each check. Until now a slow machine cannot have exceeded them.
  Object.assign(app.server, { headersTimeout: 1, requestTimeout: 1 })
  await failed
  held.resolve()
  t.match(await wire.end, /^HTTP\/1\.1 200 [^]*at lastHTTP\/1\.1 408 [^]*request_timeout/)
})

test('the documented time limits are checked often enough to hold', async t => {
  t.match(LISTENER_LIMITS, { headersMs: 10_000, requestMs: 30_000, checkMs: 1_000 })
  const { app } = build(t)
  t.equal(app.server.headersTimeout, 10_000)
  t.equal(app.server.requestTimeout, 30_000)
  t.equal(app.server.keepAliveTimeout, 72_000)
  t.equal(app.server.timeout, 90_000)
})
