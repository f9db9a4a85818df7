import { once } from 'node:events'
import { connect } from 'node:http2'
import { text } from 'node:stream/consumers'
import { setImmediate as turn } from 'node:timers/promises'
import Fastify, { type FastifyInstance, type FastifyServerOptions } from 'fastify'
import { type Test, test } from 'tap'
import { longhandPlugin } from '../../src/http/plugin.js'
import { TASK_KINDS } from '../../src/http/routes/services/kinds.js'
import { type Overrides, buildParts, defer, dial, listen, request, submit } from './helper.js'

interface Host {
  readonly app: FastifyInstance
  /** What the host's own hooks saw. */
  readonly seen: string[]
  readonly log: ReturnType<typeof buildParts>['log']
}

/** A foreign app: error handler, not-found handler, hooks, parsers, compilers and routes of its own. */
function createHost (t: Test, options: FastifyServerOptions = {}): FastifyInstance {
  const app = Fastify(options)
  t.teardown(() => app.close())
  app.setErrorHandler((error, _request, reply) => {
    reply.code(418).send({ host: error instanceof Error ? error.message : String(error) })
  })
  app.setNotFoundHandler((_request, reply) => reply.code(404).send({ host: 'not found' }))
  app.addContentTypeParser('application/x-host', { parseAs: 'string' }, (_request, body, done) => done(null, { body }))
  app.setSerializerCompiler(() => data => JSON.stringify({ serialised: data }))
  app.setValidatorCompiler(() => value => ({ value }))
  app.get('/host', { schema: { response: { 200: { type: 'object' } } } }, async () => ({ of: 'the host' }))
  app.post('/host', async ({ body }) => ({ body }))
  app.get('/host/fails', async () => { throw new Error('the host failed') })
  return app
}

async function mount (t: Test, prefix: string | undefined, overrides: Overrides = {}): Promise<Host> {
  const app = createHost(t)
  const seen: string[] = []
  app.addHook('onRequest', async ({ url }) => { seen.push(url) })
  const { options, log } = buildParts(t, overrides)
  await app.register(longhandPlugin, { ...options, ...prefix !== undefined && { prefix } })
  return { app, seen, log }
}

const json = (body: unknown) => ({ payload: JSON.stringify(body), headers: { 'content-type': 'application/json' } })

test('everything works below a prefix', async t => {
  const { app } = await mount(t, '/calc')
  const created = await app.inject({ method: 'POST', url: '/calc/api/v1/calculate', ...json({ expression: '2+2' }) })
  t.equal(created.statusCode, 201)
  t.same(created.json(), { id: 1 }, 'written by the schema of the route, not by the serializer of the host')
  t.equal(created.headers.location, '/calc/api/v1/expressions/1')
  const shown = await app.inject(String(created.headers.location))
  t.match(shown.json(), { expression: { id: 1, status: 'pending' } })
  const headers = { 'if-none-match': shown.headers.etag }
  const again = await app.inject({ url: '/calc/api/v1/expressions/1', headers })
  t.equal(again.statusCode, 304)
  const order = await app.inject({ method: 'POST', url: '/calc/api/v1/add/1/2' })
  t.equal(order.headers.location, '/calc/api/v1/job/2')

  const claimed = await app.inject('/calc/internal/task')
  t.match(claimed.json(), { task: { id: 1, arg1: 2, arg2: 2, operation: '+' } })
  const reported = await app.inject({ method: 'POST', url: '/calc/internal/task', ...json({ id: 1, result: 4 }) })
  t.same(reported.json(), { accepted: true })
  t.match((await app.inject('/calc/api/v1/expressions/1')).json(), { expression: { status: 'completed', result: 4 } })
  for (const path of ['health/live', 'health/ready', 'metrics', 'api/v1/agents', 'api/v1/operations']) {
    t.equal((await app.inject(`/calc/${path}`)).statusCode, 200, path)
    t.equal((await app.inject(`/${path}`)).statusCode, 404, `${path} without the prefix`)
  }
})

test('the description and its pages are found below a prefix', async t => {
  const { app } = await mount(t, '/calc')
  const root = `http://127.0.0.1:${await listen(app)}/calc/`
  for (const page of ['docs', 'docs/', 'docs?x=1']) {
    const shown = await fetch(new URL(page, root))
    const links = [...(await shown.text()).matchAll(/(?:src|href)="([^"]+)"/g)].map(([, link]) => String(link))
    t.ok(links.length > 3, page)
    for (const link of links) {
      const file = await fetch(new URL(link, shown.url))
      // Read to its end: the host waits for answers when it closes.
      t.ok((await file.text()).length > 0 && file.status === 200, `${page}: ${link}`)
    }
  }
  for (const place of ['openapi.json', 'docs/json']) {
    const description = await fetch(new URL(place, root))
    const { servers, paths } = await description.json() as { servers: [{ url: string }], paths: object }
    t.equal(new URL(servers[0].url, description.url).href, root, place)
    t.ok('/api/v1/calculate' in paths && !('/host' in paths), 'its own routes, without the prefix')
  }
})

test('errors are problems, or the bodies of a service, and those of the host stay its own', async t => {
  const { app, log } = await mount(t, '/calc')
  const refused = await app.inject({ method: 'POST', url: '/calc/api/v1/calculate', ...json({ expression: '1+' }) })
  t.match(refused, { statusCode: 422, headers: { 'content-type': 'application/problem+json' } })
  t.match(refused.json(), { code: 'unexpected_end', position: 2 })
  const service = await app.inject({ method: 'POST', url: '/calc/api/expression', ...json({ expression: '1+' }) })
  t.same([service.statusCode, Object.keys(service.json())], [400, ['msg']])
  t.match((await app.inject('/calc/api/v1/nothing')).json(), { code: 'route_unknown' })
  const other = await app.inject({ method: 'PUT', url: '/calc/api/v1/calculate' })
  t.match([other.statusCode, other.headers.allow], [405, 'POST'])
  t.match((await app.inject({ method: 'POST', url: '/calc/api/v1/calculate', payload: '1+' })).json(),
    { code: 'body_invalid' })

  t.same((await app.inject('/nothing')).json(), { host: 'not found' })
  t.same((await app.inject('/calculator')).json(), { host: 'not found' })
  t.same((await app.inject('/host/fails')).json(), { host: 'the host failed' })
  t.same(log, [])
})

test('parsers, compilers and limits of either side do not reach the other', async t => {
  const { app, seen } = await mount(t, '/calc')
  const headers = { 'content-type': 'application/x-host' }
  const foreign = await app.inject({ method: 'POST', url: '/calc/api/v1/calculate', payload: '{}', headers })
  t.match(foreign.json(), { code: 'media_type_unsupported' })
  t.same((await app.inject({ method: 'POST', url: '/host', payload: 'as it is', headers })).json(),
    { body: { body: 'as it is' } })
  t.same((await app.inject('/host')).json(), { serialised: { of: 'the host' } })
  t.notOk('x-content-type-options' in (await app.inject('/host')).headers, 'no header of ours')
  const large = json({ expression: '1'.repeat(100_000) })
  t.equal((await app.inject({ method: 'POST', url: '/host', ...large })).statusCode, 200)
  t.match((await app.inject({ method: 'POST', url: '/calc/api/v1/calculate', ...large })).json(),
    { code: 'body_too_large', detail: /65536/ })
  t.equal((await app.inject({ method: 'POST', url: '/host', ...json({ text: '' }) })).statusCode, 200)
  t.same(seen.filter(url => url.startsWith('/calc')).length, 2, 'hooks of the host do run for the plugin')
})

test('a body that is larger than the host allows is read where the settings allow it', async t => {
  const app = createHost(t, { bodyLimit: 1_000 })
  await app.register(longhandPlugin, { ...buildParts(t).options, prefix: '/calc' })
  const long = json({ expression: `1+${' '.repeat(2_000)}1` })
  t.equal((await app.inject({ method: 'POST', url: '/calc/api/v1/calculate', ...long })).statusCode, 201)
  t.equal((await app.inject({ method: 'POST', url: '/host', ...long })).statusCode, 418)
})

test('two of them share an app', async t => {
  const app = createHost(t)
  for (const [prefix, DIALECTS] of [['/one', 'off'], ['/two', 'on']] as const) {
    await app.register(longhandPlugin, { ...buildParts(t, { settings: { DIALECTS } }).options, prefix })
  }
  for (const [prefix, sum] of [['/one', '1+1'], ['/two', '2+2']] as const) {
    const body = json({ expression: sum })
    const created = await app.inject({ method: 'POST', url: `${prefix}/api/v1/calculate`, ...body })
    t.equal(created.headers.location, `${prefix}/api/v1/expressions/1`)
  }
  t.notMatch((await app.inject('/one/internal/task')).json(), { args: [1, 1] })
  t.match((await app.inject('/two/internal/task')).json(), { args: [2, 2] })
  const wild = json({ task: { taskId: 1, Result: 4 } })
  t.same((await app.inject({ method: 'POST', url: '/two/internal/task', ...wild })).json(), { accepted: true })
  t.equal((await app.inject({ method: 'POST', url: '/one/internal/task', ...wild })).statusCode, 422)
})

test('without a prefix the host answers what is no route', async t => {
  const { app } = await mount(t, undefined)
  t.equal(await submit(app, '1+1'), 1)
  t.same((await app.inject('/api/v1/nothing')).json(), { host: 'not found' })
  t.same((await app.inject('/host')).json(), { serialised: { of: 'the host' } })
})

test('in a scope with a prefix, unknown paths are the plugin\'s only below a prefix of its own', async t => {
  const app = createHost(t)
  await app.register(async scope => {
    scope.get('/sibling', async () => 'of the host')
    await scope.register(longhandPlugin, buildParts(t).options)
    await scope.register(longhandPlugin, { ...buildParts(t).options, prefix: '/calc' })
  }, { prefix: '/scope' })
  for (const url of ['/scope/nothing', '/scope/sibling', '/scope/metrics']) {
    t.same((await app.inject({ method: 'PUT', url })).json(), { host: 'not found' }, url)
  }
  t.match((await app.inject('/scope/calc/nothing')).json(), { code: 'route_unknown' })
  const created = await app.inject({ method: 'POST', url: '/scope/api/v1/calculate', ...json({ expression: '1+1' }) })
  t.equal(created.headers.location, '/scope/api/v1/expressions/1')
})

test('what the plugin cannot be mounted with rejects the registration', async t => {
  const { options } = buildParts(t)
  const settings = { ...options.settings, INTERNAL_ALLOW: ['junk'] }
  const twice = TASK_KINDS.flatMap(kind => [kind, kind])
  for (const [name, wrong] of Object.entries({
    settings: { ...options, settings }, prefix: { ...options, prefix: '/c/:t?' }, routes: { ...options, kinds: twice }
  })) {
    await t.rejects(async () => createHost(t).register(longhandPlugin, wrong), name)
    const app = createHost(t)
    app.register(longhandPlugin, wrong)
    await t.rejects(async () => app.ready(), name)
  }
})

test('the app knows the plugin by its name', async t => {
  const { app } = await mount(t, '/calc')
  t.ok(app.hasPlugin('longhand'))
  await app.ready()
  t.match(app.printPlugins(), /longhand/)
  t.notOk(app.hasRoute({ method: 'GET', url: '/health/live' }), 'and its routes stay below the prefix')
})

test('pages of allowed origins get their preflights answered below a prefix', async t => {
  const { app } = await mount(t, '/calc', { settings: { ALLOWED_ORIGINS: ['https://course.example'] } })
  const { statusCode, headers } = await app.inject({
    method: 'OPTIONS',
    url: '/calc/api/v1/calculate',
    headers: { origin: 'https://course.example', 'access-control-request-method': 'POST' }
  })
  t.match([statusCode, headers['access-control-allow-methods']], [204, 'POST'])
  t.same((await app.inject({ method: 'OPTIONS', url: '/host' })).json(), { host: 'not found' })
})

test('the guard decides on what arrived, whatever the host trusts or rewrites', async t => {
  const app = createHost(t, { trustProxy: true, rewriteUrl: ({ url = '' }) => url.replace(/^\/outside/, '') })
  await app.register(longhandPlugin, { ...buildParts(t).options, prefix: '/calc' })
  const statusOf = async (options: object): Promise<number> =>
    (await app.inject({ url: '/outside/calc/internal/task', ...options })).statusCode
  t.equal(await statusOf({}), 404, 'an agent of this machine')
  t.equal(await statusOf({ headers: { 'x-forwarded-for': '127.0.0.1' } }), 401)
  t.equal(await statusOf({ remoteAddress: '192.0.2.1', headers: { 'x-forwarded-for': '127.0.0.1' } }), 401)
  t.equal(await statusOf({ headers: { host: 'evil.example', 'x-forwarded-host': 'localhost' } }), 421)
  t.equal(await statusOf({ headers: { origin: 'https://evil.example' } }), 403)
})

test('where the server drops header lines, a request that may have lost some is refused', async t => {
  const { app } = await mount(t, '/calc')
  const port = await listen(app)
  app.server.maxHeadersCount = 40
  const lines = (count: number): string => Array.from({ length: count }, (_, index) => `x-${index}: 1\r\n`).join('')
  const statusWith = async (count: number, last: string): Promise<string> => {
    const wire = await dial(t, port)
    wire.send(request('GET /calc/internal/task', `connection: close\r\n${lines(count)}${last}`))
    return (await wire.end).slice(9, 12)
  }
  t.equal(await statusWith(30, ''), '404')
  t.equal(await statusWith(30, 'x-forwarded-for: 192.0.2.1\r\n'), '401')
  t.equal(await statusWith(190, 'x-forwarded-for: 192.0.2.1\r\n'), '431', 'fewer lines than the plugin allows itself')
})

test('a host of HTTP/2 gets a refusal that says so, on every path, and keeps its own routes', async t => {
  const http2 = { http2: true, logger: false }
  const app = createHost(t, http2)
  const { options, log } = buildParts(t)
  await app.register(longhandPlugin, { ...options, prefix: '/calc' })
  const client = connect(`http://127.0.0.1:${await listen(app)}`)
  async function send (path: string, headers: object = {}): Promise<{ status: unknown, body: string }> {
    const stream = client.request({ ':path': path, ...headers })
    const [{ ':status': status }] = await once(stream, 'response')
    return { status, body: await text(stream) }
  }
  for (const path of ['/calc/internal/task', '/calc/api/v1/expressions', '/calc/health/live', '/calc/nothing']) {
    for (const headers of [{}, { host: 'localhost' }]) {
      const { status, body } = await send(path, headers)
      t.match([status, JSON.parse(body)], [400, { code: 'request_malformed', detail: /HTTP\/2/ }], path)
    }
  }
  t.match(await send('/host'), { status: 200, body: /the host/ })
  t.same(log, [])
  client.close()
})

for (const [return503OnClosing, status, body] of [
  [true, 503, /Service Unavailable/], [false, 200, /"accepted":true/]
] as const) {
  test(`a late report while the host closes gets ${status} with return503OnClosing: ${return503OnClosing}`, async t => {
    const app = createHost(t, { return503OnClosing })
    const { options, orchestrator } = buildParts(t)
    await app.register(longhandPlugin, { ...options, prefix: '/calc' })
    const held = defer()
    app.get('/held', async () => {
      await held.promise
      return 'at last'
    })
    const port = await listen(app)
    await app.inject({ method: 'POST', url: '/calc/api/v1/calculate', ...json({ expression: '2+2' }) })
    await app.inject('/calc/internal/task')
    // The connection is busy while the host begins to close, so that it stays open for the report.
    const wire = await dial(t, port)
    wire.send(request('GET /held'))
    await once(app.server, 'request')
    const closed = app.close()
    while (!orchestrator.draining) await turn()
    wire.send(request('POST /calc/internal/task', '', JSON.stringify({ id: 1, result: 4 })))
    await once(app.server, 'request')
    held.resolve()
    t.match(await wire.end, new RegExp(`HTTP/1.1 200 [^]*at last[^]*HTTP/1.1 ${status} [^]*${body.source}`))
    await closed
    const { result } = await orchestrator.expression(1)
    t.equal(result, status === 200 ? 4 : null, 'refused means that the agent repeats it elsewhere')
  })
}

test('when the host closes, requests that wait are answered, and the host ends as it does', async t => {
  const { app } = await mount(t, '/calc')
  const port = await listen(app)
  const wire = await dial(t, port)
  wire.send(request('GET /calc/internal/task?wait=60', 'connection: close\r\n'))
  await once(app.server, 'request')
  await app.close()
  t.match(await wire.end, /^HTTP\/1\.1 404 /)
})
