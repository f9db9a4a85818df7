import { once } from 'node:events'
import type { Socket } from 'node:net'
import { PassThrough, Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import Fastify, { type FastifyInstance, type preParsingAsyncHookHandler } from 'fastify'
import { type Test, test } from 'tap'
import { longhandPlugin } from '../../../src/http/plugin.js'
import { type Wire, build, buildParts, defer, dial, listen, request } from '../helper.js'

const KIB = 1024
const MIB = KIB * KIB
const BODY = JSON.stringify({ expression: '1+1', ignored: ' '.repeat(MIB / 2) })
const TYPE = 'content-type: application/json\r\n'

function large (t: Test, ownToken?: string): FastifyInstance {
  const limits = { bodies: { bytes: MIB, free: 16 * 1024 } }
  const settings = { BODY_LIMIT_BYTES: MIB }
  return build(t, { limits, settings, ...ownToken === undefined ? {} : { ownToken } }).app
}

/** A connection whose client has sent half of a body that takes the whole budget, and the server's end of it. */
async function slow (t: Test, app: FastifyInstance, port: number): Promise<{ wire: Wire, socket: Socket }> {
  const connected = once(app.server, 'connection')
  const wire = await dial(t, port)
  const [socket] = await connected as [Socket]
  wire.send(request('POST /api/v1/calculate', `${TYPE}content-length: ${BODY.length + 1000}\r\n`))
  wire.send(BODY)
  while (socket.bytesRead < BODY.length) await once(app.server, 'read')
  return { wire, socket }
}

/** Emits `read` on the server regularly, to check what was read. */
function emitReads (app: FastifyInstance): void {
  app.server.on('connection', (socket: Socket) => {
    const timer = setInterval(() => app.server.emit('read'), 5)
    socket.once('close', () => clearInterval(timer))
  })
}

test('while arriving bodies fill the budget, large ones are not read, and small ones are', async t => {
  const app = large(t)
  emitReads(app)
  const port = await listen(app)
  const first = await slow(t, app, port)

  const connected = once(app.server, 'connection')
  const next = await dial(t, port)
  const [socket] = await connected as [Socket]
  next.send(request('POST /api/v1/calculate', TYPE, BODY))
  const small = await dial(t, port)
  small.send(request('POST /api/v1/calculate', TYPE, '{"expression":"1"}'))
  t.match(await small.until('"id"'), /^HTTP\/1.1 201 /)
  for (let looks = 0; looks < 10; looks++) await once(app.server, 'read')
  t.ok(socket.bytesRead < BODY.length, 'the rest stays in the kernel and at the client')

  first.wire.send(' '.repeat(1000))
  t.match(await first.wire.until('"id"'), /^HTTP\/1.1 201 /)
  t.match(await next.until('"id"'), /^HTTP\/1.1 201 /)
})

test('an interrupted body makes room for the next', async t => {
  const app = large(t)
  emitReads(app)
  const port = await listen(app)
  const first = await slow(t, app, port)
  const next = await dial(t, port)
  next.send(request('POST /api/v1/calculate', TYPE, BODY))
  first.wire.socket.destroy()
  t.match(await next.until('"id"'), /^HTTP\/1.1 201 /)
})

test('a body that is interrupted while it waits takes nothing from the budget', async t => {
  const app = large(t)
  emitReads(app)
  const port = await listen(app)
  const first = await slow(t, app, port)
  const connected = once(app.server, 'connection')
  const gone = await dial(t, port)
  const [socket] = await connected as [Socket]
  gone.send(request('POST /api/v1/calculate', TYPE, BODY.slice(0, 100_000)))
  while (socket.bytesRead < 20_000) await once(app.server, 'read')
  gone.socket.resetAndDestroy()
  const next = await dial(t, port)
  next.send(request('POST /api/v1/calculate', TYPE, BODY))
  first.wire.socket.destroy()
  t.match(await next.until('"id"'), /^HTTP\/1.1 201 /)
})

test('bodies of own agents do not wait', async t => {
  const app = large(t, 'own')
  emitReads(app)
  const port = await listen(app)
  await slow(t, app, port)
  const agent = await dial(t, port)
  agent.send(request('POST /internal/heartbeat', `${TYPE}authorization: Bearer own\r\n`, BODY))
  t.match(await agent.until('"state"'), /^HTTP\/1.1 200 /)
})

test('a body that arrives byte by byte is read unchanged, up to the limit', async t => {
  const app = large(t)
  const port = await listen(app)
  const head = request('POST /api/v1/calculate', `${TYPE}transfer-encoding: chunked\r\n`)
  const send = async (text: string): Promise<string> => {
    const wire = await dial(t, port)
    const chunks = [...Buffer.from(text)].map(byte => `1\r\n${String.fromCharCode(byte)}\r\n`)
    wire.socket.write(Buffer.from(`${head}${chunks.join('')}0\r\n\r\n`, 'latin1'))
    return wire.until('}')
  }
  t.match(await send('{"expression":"1+é"}'), /The variable \\"é\\" has no value/)
  t.match(await send(`{"expression":"1"${' '.repeat(40_000)}}`), /^HTTP\/1.1 201 /)
  t.match(await send(`{"expression":"1"${' '.repeat(MIB)}}`), /^HTTP\/1.1 413 /)
})

/** An app whose hook replaces the bodies that the plugin reads; two bodies of 40 KiB exceed the budget. */
async function mountWith (t: Test, preParsing: preParsingAsyncHookHandler): Promise<FastifyInstance> {
  const app = Fastify()
  t.teardown(() => app.close())
  app.addHook('preParsing', preParsing)
  await app.register(longhandPlugin, { ...buildParts(t).options, bodies: { bytes: 64 * KIB, free: 16 * KIB } })
  return app
}

function padded (expression: string, padding = 0): string {
  return JSON.stringify({ expression, ignored: ' '.repeat(padding) })
}

test('a body is read from the stream that a hook of the host makes of it', async t => {
  const payload = padded('9+9')
  for (const preParsing of [
    async (_request, _reply, raw) => raw.pipe(new PassThrough()),
    async (_request, _reply, raw) => Readable.from([Buffer.from(await text(raw))]),
    async (_request, _reply, raw) => Readable.from([await text(raw), ' '.repeat(40 * KIB)]),
    async (_request, _reply, raw) => Readable.from([...`${await text(raw)}${' '.repeat(20 * KIB)}`])
  ] satisfies preParsingAsyncHookHandler[]) {
    const app = await mountWith(t, preParsing)
    const headers = { 'content-type': 'application/json' }
    const created = await app.inject({ method: 'POST', url: '/api/v1/calculate', payload, headers })
    t.match([created.statusCode, created.json()], [201, { id: 1 }])
    const { expression } = (await app.inject('/api/v1/expressions/1')).json()
    t.equal(expression.expression, '9+9')
  }
})

test('a stream of a hook is refused when it is too long, fails, or ends before its end', async t => {
  for (const [stream, status] of [
    [() => Readable.from([' '.repeat(40 * KIB), ' '.repeat(40 * KIB)]), 413],
    [() => new Readable({ read () { this.destroy(Object.assign(new Error('no gzip'), { statusCode: 400 })) } }), 400],
    [() => new Readable({ read () { this.destroy() } }), 422]
  ] as const) {
    const app = await mountWith(t, async () => stream())
    const refused = await app.inject({ method: 'POST', url: '/api/v1/calculate', payload: padded('1') })
    t.equal(refused.statusCode, status)
  }
})

test('an interrupted body that passes through a hook makes room for the next', async t => {
  const app = await mountWith(t, async (_request, _reply, raw) => raw.pipe(new PassThrough()))
  const port = await listen(app)
  const first = await dial(t, port)
  const large = padded('1+1', 40 * KIB)
  first.send(request('POST /api/v1/calculate', 'content-length: 50000\r\n').concat(large))
  await once(app.server, 'request')
  const next = await dial(t, port)
  next.send(request('POST /api/v1/calculate', '', large))
  const small = await dial(t, port)
  small.send(request('POST /api/v1/calculate', '', padded('1')))
  await small.until('"id"')
  t.equal(next.socket.bytesRead, 0, 'it waits')
  first.socket.destroy()
  t.match(await next.until('"id"'), /^HTTP\/1.1 201 /)
})

test('a body that is interrupted while a hook works on it takes nothing from the budget', async t => {
  const begun = defer()
  const app = await mountWith(t, async ({ headers }, _reply, raw) => {
    const payload = raw.pipe(new PassThrough())
    if (headers['x-first'] === undefined) return payload
    begun.resolve()
    // Not `once`, which rejects with the error before.
    await new Promise<void>(resolve => { raw.once('close', () => resolve()) })
    setImmediate(() => app.server.emit('closed'))
    return payload
  })
  const port = await listen(app)
  const first = await dial(t, port)
  const large = padded('1+1', 40 * KIB)
  first.send(request('POST /api/v1/calculate', 'x-first: 1\r\ncontent-length: 50000\r\n').concat(large))
  await begun.promise
  first.socket.destroy()
  await once(app.server, 'closed')
  const next = await dial(t, port)
  next.send(request('POST /api/v1/calculate', '', large))
  t.match(await next.until('"id"'), /^HTTP\/1.1 201 /)
})
