import { once } from 'node:events'
import { PassThrough, Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import Fastify, { type FastifyInstance, type preParsingAsyncHookHandler } from 'fastify'
import { type Test, test } from 'tap'
import { longhandPlugin } from '../../../src/http/plugin.js'
import { buildParts, dial, listen, request } from '../helper.js'

const KIB = 1024

/** An app whose hook replaces the bodies that the plugin reads; two bodies of 40 KiB exceed the budget. */
async function mount (t: Test, preParsing: preParsingAsyncHookHandler): Promise<FastifyInstance> {
  const app = Fastify()
  t.teardown(() => app.close())
  app.addHook('preParsing', preParsing)
  await app.register(longhandPlugin, { ...buildParts(t).options, bodies: { bytes: 64 * KIB, free: 16 * KIB } })
  return app
}

function bodyOf (expression: string, padding = 0): string {
  return JSON.stringify({ expression, ignored: ' '.repeat(padding) })
}

test('a body is read from the stream that a hook of the host makes of it', async t => {
  const payload = bodyOf('9+9')
  for (const preParsing of [
    async (_request, _reply, raw) => raw.pipe(new PassThrough()),
    async (_request, _reply, raw) => Readable.from([Buffer.from(await text(raw))]),
    async (_request, _reply, raw) => Readable.from([await text(raw), ' '.repeat(40 * KIB)]),
    async (_request, _reply, raw) => Readable.from([...`${await text(raw)}${' '.repeat(20 * KIB)}`])
  ] satisfies preParsingAsyncHookHandler[]) {
    const app = await mount(t, preParsing)
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
    const app = await mount(t, async () => stream())
    const refused = await app.inject({ method: 'POST', url: '/api/v1/calculate', payload: bodyOf('1') })
    t.equal(refused.statusCode, status)
  }
})

test('an interrupted body that passes through a hook makes room for the next', async t => {
  const app = await mount(t, async (_request, _reply, raw) => raw.pipe(new PassThrough()))
  const port = await listen(app)
  const first = await dial(t, port)
  const large = bodyOf('1+1', 40 * KIB)
  first.send(request('POST /api/v1/calculate', 'content-length: 50000\r\n').concat(large))
  await once(app.server, 'request')
  const next = await dial(t, port)
  next.send(request('POST /api/v1/calculate', '', large))
  const small = await dial(t, port)
  small.send(request('POST /api/v1/calculate', '', bodyOf('1')))
  await small.until('"id"')
  t.equal(next.socket.bytesRead, 0, 'it waits')
  first.socket.destroy()
  t.match(await next.until('"id"'), /^HTTP\/1.1 201 /)
})
