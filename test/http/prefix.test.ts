import Fastify, { type FastifyInstance, type FastifyServerOptions } from 'fastify'
import { type Test, test } from 'tap'
import { longhandPlugin } from '../../src/http/plugin.js'
import { openEvents } from './event-reader.js'
import { buildParts, dial, listen, request } from './helper.js'

const EXPRESSION = '{"expression":"1+1"}'

async function mount (t: Test, prefix: string, options: FastifyServerOptions = {}): Promise<FastifyInstance> {
  const app = Fastify(options)
  t.teardown(() => app.close())
  await app.register(longhandPlugin, { ...buildParts(t).options, prefix })
  return app
}

/** The response to a request target that is sent as it is. */
async function send (t: Test, port: number, line: string, body = ''): Promise<string> {
  const wire = await dial(t, port)
  wire.send(request(line, 'connection: close\r\ncontent-type: application/json\r\n', body))
  return wire.end
}

test('a prefix may end with a slash, have parameters, or be of any characters', async t => {
  for (const [prefix, mounted] of [
    ['/calc/', '/calc'], ['/:tenant/calc', '/acme/calc'], ['/', ''], ['/:t(^\\d+)', '/12'], ['/:x-:y/c', '/p-q/c'],
    ['/a::b', '/a:b'], ['/€', '/%E2%82%AC'], ['/ü', '/%C3%BC'], ['/a b', '/a%20b']
  ] as const) {
    const app = await mount(t, prefix)
    const created = await app.inject({ method: 'POST', url: `${mounted}/api/v1/calculate`, payload: EXPRESSION })
    t.match([created.statusCode, created.headers.location], [201, `${mounted}/api/v1/expressions/1`], prefix)
    t.equal((await app.inject(String(created.headers.location))).statusCode, 200)
    t.equal((await app.inject(`${mounted}/docs/`)).statusCode, 200)
    const service = await app.inject(`${mounted}/api/result/7`)
    t.same([service.statusCode, Object.keys(service.json())], [404, ['msg']])
  }
})

test('the prefix is what arrived of it, in any form of the target', async t => {
  const app = await mount(t, '/calc')
  const port = await listen(app)
  for (const mounted of ['/calc', '/%63alc', 'http://localhost/calc', 'http://localhost/%63%61lc']) {
    t.match(await send(t, port, `GET ${mounted}/docs/`), /^HTTP\/1.1 200 /, mounted)
    t.match(await send(t, port, `GET ${mounted}/api/result/7`), /^HTTP\/1.1 404 [^]*"msg"/, mounted)
    t.match(await send(t, port, `PUT ${mounted}/metrics`), /^HTTP\/1.1 405 [^]*allow: GET, HEAD/, mounted)
  }
})

test('a Location is a path of this server in valid characters, whatever arrived as the prefix', async t => {
  const app = await mount(t, '/:tenant/c')
  const port = await listen(app)
  for (const [mounted, location] of [
    ['/acme/c', '/acme/c'],
    ['http://localhost/acme/c', '/acme/c'],
    ['/a%2Fb/c', '/a%2Fb/c'],
    ['//c', '/.//c'],
    ['/\\evil.example/c', '/%5Cevil.example/c'],
    ['/<"x">/c', '/%3C%22x%22%3E/c']
  ] as const) {
    const created = await send(t, port, `POST ${mounted}/api/v1/calculate`, EXPRESSION)
    t.match(created, /^HTTP\/1.1 201 /, mounted)
    const [, sent = ''] = /^location: (.*)\r$/m.exec(created) ?? []
    t.ok(sent.startsWith(`${location}/api/v1/expressions/`), sent)
    const { origin, pathname } = new URL(sent, `http://127.0.0.1:${port}/x/c/api/v1/calculate`)
    t.equal(origin, `http://127.0.0.1:${port}`)
    t.match(await send(t, port, `GET ${pathname}`), /^HTTP\/1.1 200 /, pathname)
  }
})

test('a Location is valid also where the host has decoded the path', async t => {
  const decoded = ({ url = '' }) => url.replace('euro', '€').replace('half', '\ud800')
  const app = await mount(t, '/:tenant', { rewriteUrl: decoded })
  for (const [tenant, location] of [['euro', '/%E2%82%AC'], ['half', '/%EF%BF%BD']] as const) {
    const created = await app.inject({ method: 'POST', url: `/${tenant}/api/v1/calculate`, payload: EXPRESSION })
    t.match([created.statusCode, created.headers.location], [201, new RegExp(`^${location}/api/v1/expressions/`)])
  }
})

test('event streams are served below a prefix, and a foreign app closes while they are open', async t => {
  const app = await mount(t, '/calc')
  const api = `http://127.0.0.1:${await listen(app)}/calc/api/v1`
  await app.inject({ method: 'POST', url: '/calc/api/v1/calculate', payload: EXPRESSION })
  const streams = [await openEvents(t, `${api}/expressions/1/events`), await openEvents(t, `${api}/events`)]
  for (const stream of streams) {
    t.equal(stream.response.headers.get('content-type'), 'text/event-stream')
    t.equal(stream.response.headers.get('connection'), 'close', 'a closing server waits for no idle connection')
    t.match(await stream.next(), { event: 'start' })
  }
  await app.close()
  for (const stream of streams) t.equal(await stream.next(), null)
})
