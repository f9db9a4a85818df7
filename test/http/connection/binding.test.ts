import { once } from 'node:events'
import { type AddressInfo, type Socket, createServer } from 'node:net'
import { test } from 'tap'
import { listenOn } from '../../../src/http/connection/binding.js'
import { build, defer, dial, request } from '../helper.js'

const BOTH = ['127.0.0.1', '::1']

async function hasIpv6 (): Promise<boolean> {
  const probe = createServer().listen(0, '::1')
  return once(probe, 'listening').then(() => true, () => false).finally(() => probe.close())
}

const skip = await hasIpv6() ? false : 'this machine has no ::1'

test('each address of localhost has the same answers and the same end', { skip }, async t => {
  const { app } = build(t)
  const held = defer()
  const begun = defer()
  app.post('/held', async () => {
    begun.resolve()
    await held.promise
    return 'at last'
  })
  await listenOn(app, { host: 'localhost', port: 0 }, async () => BOTH)
  const { port } = app.server.address() as AddressInfo
  for (const host of BOTH) {
    const wire = await dial(t, port, host)
    wire.send('FOO / HTTP/1.1\r\n\r\n')
    t.match(await wire.end, /400 Bad Request[^]*request_malformed/, host)
    const pipelined = await dial(t, port, host)
    pipelined.send(request('GET /health/live') + 'FOO / HTTP/1.1\r\n\r\n')
    t.match(await pipelined.end, /"ok"[^]*request_malformed/, host)
  }

  const [idle, silent, busy] = await Promise.all([dial(t, port, '::1'), dial(t, port, '::1'), dial(t, port, '::1')])
  idle.send(request('GET /health/live'))
  await idle.until('"ok"')
  busy.send(request('POST /held', 'content-type: application/json\r\n', '{}'))
  await begun.promise
  let isClosed = false
  const closed = app.close().then(() => { isClosed = true })
  await Promise.all([idle.end, silent.end])
  t.notOk(isClosed, 'the request in flight is waited for')
  held.resolve()
  t.match(await busy.end, /connection: close\r\n[^]*at last/i)
  await closed
})

test('close() cuts what does not end on a further address', { skip }, async t => {
  const { app } = build(t, { graceLeftMs: () => 1 })
  await listenOn(app, { host: 'localhost', port: 0 }, async () => BOTH)
  const { port } = app.server.address() as AddressInfo
  const arrived = once(app.server, 'connection') as Promise<[Socket]>
  const wire = await dial(t, port, '::1')
  const [socket] = await arrived
  wire.send('POST /api/v1/calculate HTTP/1.1\r\nhost: localhost\r\ncontent-length: 100\r\n\r\n{')
  while (socket.bytesRead === 0) await new Promise(resolve => setImmediate(resolve))
  await app.close()
  await wire.end.catch(() => {})
  t.pass()
})

test('an address that another program has is left out, and logged', { skip }, async t => {
  const other = createServer().listen(0, '::1')
  t.teardown(() => other.close())
  await once(other, 'listening')
  const { app, log } = build(t)
  const { port } = other.address() as AddressInfo
  await listenOn(app, { host: 'localhost', port }, async () => BOTH)
  t.match(log, [{ address: '::1', err: { code: 'EADDRINUSE' } }])
})

test('an address family that the machine does not have is left out', async t => {
  const { app, log } = build(t)
  await listenOn(app, { host: 'localhost', port: 0 }, async () => ['127.0.0.1', '192.0.2.1'])
  const { port } = app.server.address() as AddressInfo
  const wire = await dial(t, port)
  wire.send(request('GET /health/live'))
  await wire.until('"ok"')
  t.strictSame(log, [])
})
