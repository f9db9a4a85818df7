import { once } from 'node:events'
import type { Socket } from 'node:net'
import { test } from 'tap'
import { build, dial, listen, request } from '../helper.js'

/** More than the socket buffers of the kernel hold. */
const LARGE = 'x'.repeat(32 * 1024 * 1024)

const NEVER = 1_000_000

test('a connection whose client reads nothing is reset', async t => {
  const { app } = build(t, { limits: { responses: { bytes: 1e9, sweepMs: 5, sweeps: 3, sweepsWhenFull: NEVER } } })
  app.get('/large', async () => LARGE)
  const connected = once(app.server, 'connection')
  const wire = await dial(t, await listen(app))
  const [socket] = await connected as [Socket]
  wire.socket.pause()
  wire.send(request('GET /large'))
  await new Promise(resolve => { socket.once('close', resolve) })
  t.ok(socket.bytesWritten < LARGE.length)
})

test('a client that reads gets all of a large response, with its length', async t => {
  const { app } = build(t)
  app.get('/large', async () => LARGE)
  const wire = await dial(t, await listen(app))
  wire.send(request('GET /large', 'connection: close\r\n'))
  const [head = '', body = ''] = (await wire.end).split('\r\n\r\n')
  t.match(head.toLowerCase(), `content-length: ${LARGE.length}`)
  t.ok(body === LARGE)
})

test('when unread responses fill the budget, large ones wait until a client is reset; small ones do not', async t => {
  const { app } = build(t, { limits: { responses: { bytes: 1, sweepMs: 5, sweeps: NEVER, sweepsWhenFull: 2 } } })
  app.get('/large', async () => LARGE)
  app.get('/object', async () => ({ text: LARGE.slice(0, 1024 * 1024) }))
  const port = await listen(app)
  const connected = once(app.server, 'connection')
  const stalled = await dial(t, port)
  const [socket] = await connected as [Socket]
  stalled.socket.pause()
  stalled.send(request('GET /large'))
  while (socket.writableLength === 0) await new Promise(resolve => setImmediate(resolve))

  const small = await dial(t, port)
  small.send(request('GET /health/live'))
  await small.until('"ok"')
  t.notOk(socket.destroyed, 'a small response is not counted')
  const readers = await Promise.all(['/large', '/object', '/large'].map(async path => {
    const wire = await dial(t, port)
    wire.send(request(`GET ${path}`, 'connection: close\r\n'))
    return wire.end
  }))
  t.ok(readers.every(text => text.length > 1024 * 1024))
  t.ok(socket.destroyed)
})

test('a client that leaves while its response waits takes nothing from the budget', async t => {
  const { app } = build(t, { limits: { responses: { bytes: 1, sweepMs: 5, sweeps: NEVER, sweepsWhenFull: NEVER } } })
  app.get('/large', async () => LARGE)
  const port = await listen(app)
  const stalled = await dial(t, port)
  stalled.socket.pause()
  stalled.send(request('GET /large'))
  const connected = once(app.server, 'connection')
  const left = await dial(t, port)
  const [socket] = await connected as [Socket]
  left.send(request('GET /large'))
  while (socket.bytesRead === 0) await new Promise(resolve => setImmediate(resolve))
  const closed = new Promise(resolve => { socket.once('close', resolve) })
  left.socket.destroy()
  await closed
  stalled.socket.destroy()
  const wire = await dial(t, port)
  wire.send(request('GET /large', 'connection: close\r\n'))
  t.ok((await wire.end).length > LARGE.length)
})
