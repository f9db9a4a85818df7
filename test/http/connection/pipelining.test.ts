import { once } from 'node:events'
import type { Socket } from 'node:net'
import { test } from 'tap'
import { build, defer, dial, listen, request } from '../helper.js'

test('pipelined requests are handled one after another, and their answers come in order', async t => {
  const { app } = build(t)
  let begun = 0
  let sent = 0
  let mostAtOnce = 0
  app.get('/numbers', async () => {
    mostAtOnce = Math.max(mostAtOnce, ++begun - sent)
    return `<${begun}>`.padEnd(100_000)
  })
  app.addHook('onResponse', (_request, _reply, done) => {
    sent++
    done()
  })
  const wire = await dial(t, await listen(app))
  wire.socket.pause()
  wire.send(request('GET /numbers').repeat(300))
  wire.socket.resume()
  const text = await wire.until('<300>')
  const numbers = [...text.matchAll(/<(\d+)>/g)].map(([, number]) => Number(number))
  t.strictSame(numbers, Array.from({ length: 300 }, (_, index) => index + 1))
  t.equal(mostAtOnce, 1)
})

test('bodies of pipelined requests are read in turn', async t => {
  const { app } = build(t)
  const wire = await dial(t, await listen(app))
  const body = JSON.stringify({ expression: '1', padding: 'x'.repeat(50_000) })
  wire.send(request('POST /api/v1/calculate', '', body).repeat(50))
  await wire.until('{"id":50}')
  t.pass()
})

for (const [what, limits, requests] of [
  ['a connection', { pausedAt: 2, perConnection: 10, inAll: 1_000 }, 12],
  ['all connections', { pausedAt: 2, perConnection: 1_000, inAll: 10 }, 12]
] as const) {
  test(`a connection is cut when too many requests of ${what} wait, and the next one is served`, async t => {
    const { app } = build(t, { limits: { pipelining: limits } })
    const held = defer()
    app.get('/held', async () => { await held.promise })
    const port = await listen(app)
    for (let round = 0; round < 3; round++) {
      const wire = await dial(t, port)
      wire.send(request('GET /held').repeat(requests))
      // Reset, or just closed.
      t.equal(await wire.end.catch(() => ''), '')
    }
    held.resolve()
    const wire = await dial(t, port)
    wire.send(request('GET /health/live').repeat(8) + request('GET /api/v1/operations'))
    await wire.until('"operations"')
  })
}

test('what is no request is answered after the requests before it', async t => {
  const { app } = build(t)
  const held = defer()
  app.get('/held', async () => {
    await held.promise
    return 'at last'
  })
  const failed = once(app.server, 'clientError')
  const wire = await dial(t, await listen(app))
  wire.send(request('GET /held') + request('GET /health/live') + 'FOO / HTTP/1.1\r\n\r\n')
  await failed
  held.resolve()
  t.match(await wire.end, /^HTTP\/1\.1 200 [^]*at lastHTTP\/1\.1 200 [^]*\}HTTP\/1\.1 400 [^]*request_malformed/)
})

test('requests that wait are not begun when their connection breaks', async t => {
  const { app } = build(t)
  const held = defer()
  const begun = defer()
  let calls = 0
  app.post('/held', async () => {
    calls++
    begun.resolve()
    await held.promise
  })
  const connected = once(app.server, 'connection')
  const wire = await dial(t, await listen(app))
  const [socket] = await connected as [Socket]
  wire.send(request('POST /held').repeat(3))
  await begun.promise
  const closed = new Promise(resolve => { socket.once('close', resolve) })
  wire.socket.resetAndDestroy()
  await closed
  held.resolve()
  await app.close()
  t.equal(calls, 1)
})

test('requests behind an answer that closes the connection are not begun', async t => {
  const { app } = build(t)
  let calls = 0
  app.post('/last', async (_request, reply) => {
    calls++
    await new Promise(resolve => setImmediate(resolve))
    return reply.header('connection', 'close').send('bye')
  })
  const wire = await dial(t, await listen(app))
  wire.send(request('POST /last').repeat(3))
  t.match(await wire.end, 'bye')
  await app.close()
  t.equal(calls, 1)
})
