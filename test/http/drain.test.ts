import type { Socket } from 'node:net'
import { test } from 'tap'
import type { Expression } from '../../src/core/expression.js'
import { build, claim, defer, dial, listen, request, submit } from './helper.js'

test('close() answers waiting claims and requests in flight, and waits for no idle client', async t => {
  const inHand = defer()
  const released = defer()
  const waiting = defer()
  const { app } = build(t, {
    orchestrator: real => ({
      async calculate () {
        inHand.resolve()
        await released.promise
        return { id: 7 } as Expression
      },
      async claim (wanted, options) {
        const tasks = real.claim(wanted, options)
        if (options !== undefined) waiting.resolve()
        return tasks
      }
    })
  })
  const port = await listen(app)
  const [idle, silent, poll, submit] = await Promise.all([dial(t, port), dial(t, port), dial(t, port), dial(t, port)])
  idle.send(request('GET /health/live', 'Connection: keep-alive\r\n'))
  await idle.until('{"status":"ok"}')
  poll.send(request('GET /internal/task?wait=60', 'Connection: keep-alive\r\n'))
  submit.send(request('POST /api/v1/calculate', 'Connection: keep-alive\r\n', '{"expression":"1+1"}'))
  await Promise.all([inHand.promise, waiting.promise])

  let isClosed = false
  const closed = app.close().then(() => { isClosed = true })
  t.match(await poll.end, /^HTTP\/1\.1 404 [^]*\r\nconnection: close\r\n/i, 'the poll is answered, and its connection ends')
  t.equal(await silent.end, '', 'a connection that never asked anything ends')
  t.match(await idle.end, 'HTTP/1.1 200', 'an idle connection ends')
  t.notOk(isClosed, 'the request in flight is waited for')
  released.resolve()
  t.match(await submit.end, /^HTTP\/1\.1 201 [^]*\r\nconnection: close\r\n[^]*\{"id":7\}$/i)
  await closed
})

test('a client that never ends its request does not hold close() beyond what is left of the grace', async t => {
  const { app } = build(t, { graceLeftMs: () => 1 })
  const port = await listen(app)
  const arrived = defer()
  app.server.once('request', () => arrived.resolve())
  const wire = await dial(t, port)
  wire.send('POST /api/v1/calculate HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-length: 100\r\n\r\n{')
  await arrived.promise
  await app.close()
  await wire.end
})

test('a request that was on its way when close() began is served', async t => {
  const { app } = build(t)
  const closing = defer()
  app.addHook('preClose', async () => closing.resolve())
  const accepted = defer<Socket>()
  app.server.once('connection', accepted.resolve)
  await submit(app, '1+1')
  const { id } = await claim(app)
  const wire = await dial(t, await listen(app))
  const socket = await accepted.promise

  const report = request('POST /internal/task', '', `{"id":${id},"result":2}`)
  wire.send(report.slice(0, 20))
  while (socket.bytesRead < 20) await new Promise(resolve => setImmediate(resolve))
  const closed = app.close()
  await closing.promise
  wire.send(report.slice(20))
  t.match(await wire.end, /^HTTP\/1\.1 200 [^]*\r\nconnection: close\r\n[^]*\{"accepted":true\}$/i)
  await closed
})
