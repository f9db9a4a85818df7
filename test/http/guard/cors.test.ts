import type { InjectOptions } from 'fastify'
import { test } from 'tap'
import { openEvents } from '../event-reader.js'
import { build, dial, listen, request, submit } from '../helper.js'

const COURSE = 'https://course.example'
const SETTINGS = { ALLOWED_ORIGINS: [COURSE, 'http://127.0.0.1:3000'] }

/** What a browser adds when a page of another site calls. */
const PAGE = { origin: COURSE, 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'cors' }

function preflight (url: string, method: string, headers = {}): InjectOptions {
  return {
    method: 'OPTIONS',
    url,
    headers: {
      ...PAGE,
      'access-control-request-method': method,
      'access-control-request-headers': 'content-type,idempotency-key',
      ...headers
    }
  }
}

function corsOf (headers: Readonly<Record<string, unknown>>): string[] {
  return Object.keys(headers).filter(name => name.startsWith('access-control-'))
}

test('a preflight of an allowed origin gets the methods of the path', async t => {
  const { app } = build(t, { settings: SETTINGS })
  for (const [url, methods] of [
    ['/api/v1/calculate', 'POST'],
    ['/api/v1/expressions', 'GET, HEAD'],
    ['/api/v1/expressions/7', 'GET, HEAD, DELETE'],
    ['/api/v1/expressions/7/operations', 'GET, HEAD'],
    ['/api/v1/expressions/7/events', 'GET, HEAD'],
    ['/api/v1/events', 'GET, HEAD'],
    ['/api/expression', 'POST'],
    ['/api/v1/add/1/2', 'GET, POST'],
    ['/api/v1/job/1', 'GET'],
    ['/create-task', 'POST']
  ] as const) {
    const { statusCode, headers, body } = await app.inject(preflight(url, 'POST'))
    t.equal(statusCode, 204, url)
    t.equal(body, '')
    t.match(headers, {
      'access-control-allow-origin': COURSE,
      'access-control-allow-headers': /Content-Type, Idempotency-Key, If-None-Match, Last-Event-ID, Prefer/,
      'access-control-max-age': /^\d+$/,
      vary: 'Origin'
    }, url)
    const named = String(headers['access-control-allow-methods']).split(', ')
    t.same(named.toSorted(), methods.split(', ').toSorted(), url)
    t.notOk('access-control-allow-credentials' in headers, 'there is nothing to send along')
  }
})

test('a page of an allowed origin may submit, poll and cancel, and read what comes back', async t => {
  const { app } = build(t, { settings: SETTINGS })
  const created = await app.inject({
    method: 'POST', url: '/api/v1/calculate', headers: PAGE, payload: { expression: '1+2' }
  })
  t.equal(created.statusCode, 201)
  const location = String(created.headers.location)
  for (const [options, status] of [
    [{ url: location }, 200],
    [{ method: 'DELETE', url: location }, 202],
    [{ method: 'DELETE', url: location }, 409],
    [{ url: `${location}0` }, 404],
    [{ method: 'POST', url: '/api/v1/calculate', payload: { expression: '1+' } }, 422],
    [{ url: '/api/v1/add/1/2' }, 202],
    [{ url: '/openapi.json' }, 200]
  ] as const) {
    const { statusCode, headers } = await app.inject({ ...options, headers: PAGE })
    t.equal(statusCode, status, JSON.stringify(options))
    t.match(headers, {
      'access-control-allow-origin': COURSE,
      'access-control-expose-headers': /ETag, Location, .*Retry-After/,
      vary: 'Origin'
    }, JSON.stringify(options))
  }
})

test('pages of other origins get no CORS headers, and change nothing', async t => {
  const { app } = build(t, { settings: SETTINGS })
  for (const origin of [
    'https://evil.example', 'http://course.example', 'https://course.example:8443', 'https://course.example.evil',
    'https://sub.course.example', 'HTTPS://COURSE.EXAMPLE', 'https://course.example/', 'null', '',
    `${COURSE}, ${COURSE}`, `${COURSE} `
  ]) {
    const headers = { ...PAGE, origin }
    const asked = await app.inject(preflight('/api/v1/calculate', 'POST', headers))
    t.same([asked.statusCode, corsOf(asked.headers), asked.headers.vary], [204, [], 'Origin'], origin)
    const read = await app.inject({ url: '/api/v1/expressions', headers })
    t.same([read.statusCode, corsOf(read.headers), read.headers.vary], [200, [], 'Origin'], origin)
    for (const options of [
      { method: 'POST', url: '/api/v1/calculate', payload: { expression: '1' } }, { url: '/api/v1/add/1/2' }
    ] as const) {
      const { statusCode, headers: answered } = await app.inject({ ...options, headers })
      t.same([statusCode, corsOf(answered)], [403, []], `${options.url} ${origin}`)
    }
  }
})

test('a page of an allowed origin may follow, and reads why it may not', async t => {
  const { app } = build(t, { settings: SETTINGS })
  const id = await submit(app, '1+2')
  const api = `http://127.0.0.1:${await listen(app)}/api/v1`
  for (const [path, status, headers] of [
    [`expressions/${id}/events`, 200, {}],
    ['events', 200, {}],
    [`expressions/${id}/events`, 200, { 'last-event-id': 'x' }],
    [`expressions/${id}0/events`, 404, {}],
    ['events', 406, { accept: 'text/html' }]
  ] as const) {
    const allowed = await openEvents(t, `${api}/${path}`, { ...PAGE, ...headers })
    const shown = Object.fromEntries(allowed.response.headers)
    t.equal(allowed.response.status, status, path)
    t.match(shown, { 'access-control-allow-origin': COURSE, vary: 'Origin' }, path)
    t.match(shown['access-control-expose-headers'], /Retry-After/)
    if (status === 200) t.match(await allowed.next(), { event: 'start' })
    const other = await openEvents(t, `${api}/${path}`, { ...PAGE, origin: 'https://evil.example', ...headers })
    t.equal(other.response.status, status)
    t.same(corsOf(Object.fromEntries(other.response.headers)), [], 'a page of another origin cannot read it')
    for (const events of [allowed, other]) events.close()
  }
})

test('two origins are none', async t => {
  const { app } = build(t, { settings: SETTINGS })
  const wire = await dial(t, await listen(app))
  const origins = [COURSE, 'https://evil.example'].map(origin => `Origin: ${origin}\r\n`).join('')
  wire.send(request('POST /api/v1/calculate', `${origins}Connection: close\r\n`, '{"expression":"1"}'))
  const answer = await wire.end
  t.match(answer, 'HTTP/1.1 403')
  t.notMatch(answer, /access-control/i)
})

test('no page has access to the routes of agents, nor gets CORS headers from them', async t => {
  const { app } = build(t, { settings: SETTINGS })
  await submit(app, '1+2')
  for (const url of [
    '/internal/task', '/internal/heartbeat', '/health/live', '/metrics', '/nothing', '/api/v1/nothing'
  ]) {
    const asked = await app.inject(preflight(url, 'POST'))
    t.ok([404, 405].includes(asked.statusCode), `${url} ${asked.statusCode}`)
    t.same([corsOf(asked.headers), asked.headers.vary], [[], undefined], url)
  }
  for (const method of ['GET', 'POST'] as const) {
    const { statusCode, headers } = await app.inject({ method, url: '/internal/task', headers: PAGE })
    t.same([statusCode, corsOf(headers)], [403, []], method)
  }
})

test('an OPTIONS that is no preflight is refused, as before', async t => {
  for (const settings of [{}, SETTINGS]) {
    const { app } = build(t, { settings })
    const { statusCode, headers } = await app.inject({ method: 'OPTIONS', url: '/api/v1/calculate' })
    t.same([statusCode, headers.allow], [405, 'POST'])
  }
})

test('by default there are no other origins', async t => {
  const { app } = build(t)
  const asked = await app.inject(preflight('/api/v1/calculate', 'POST'))
  t.same([asked.statusCode, corsOf(asked.headers), asked.headers.vary], [405, [], undefined])
  const read = await app.inject({ url: '/api/v1/expressions', headers: PAGE })
  t.same([read.statusCode, corsOf(read.headers), read.headers.vary], [200, [], undefined])
})

test('the Host is checked for pages of allowed origins, too', async t => {
  const { app } = build(t, { settings: SETTINGS })
  const asked = await app.inject(preflight('/api/v1/calculate', 'POST', { host: 'evil.example' }))
  t.same([asked.statusCode, corsOf(asked.headers)], [421, []])
})
