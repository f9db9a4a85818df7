import Fastify from 'fastify'
import { test } from 'tap'
import { type ErrorCode, domainError } from '../../src/core/errors.js'
import { createErrorHandler, problemOf } from '../../src/http/errors.js'
import { longhandPlugin } from '../../src/http/plugin.js'
import { build, buildParts } from './helper.js'

test('a problem names its kind, its status and what is wrong', async t => {
  const error = domainError('unexpected_token', { found: '")"', expected: 'a number', position: 3, length: 1 })
  t.strictSame(problemOf(error), {
    type: 'urn:longhand:error:unexpected_token',
    title: 'Unexpected token',
    status: 422,
    detail: 'Unexpected ")"; expected a number',
    code: 'unexpected_token',
    position: 3,
    length: 1
  })
  t.strictSame(Object.keys(problemOf(domainError('draining'))), ['type', 'title', 'status', 'detail', 'code'])
})

test('each error has the status of its kind', async t => {
  for (const [code, status] of Object.entries({
    expression_empty: 422,
    plan_too_large: 422,
    idempotency_conflict: 422,
    body_invalid: 422,
    query_invalid: 422,
    result_invalid: 422,
    body_too_large: 413,
    media_type_unsupported: 415,
    content_encoding_unsupported: 415,
    charset_unsupported: 415,
    expectation_failed: 417,
    headers_too_large: 431,
    request_malformed: 400,
    request_timeout: 408,
    path_invalid: 422,
    expression_unknown: 404,
    task_unknown: 404,
    route_unknown: 404,
    method_not_allowed: 405,
    lease_superseded: 409,
    token_required: 401,
    origin_refused: 403,
    host_refused: 421,
    draining: 503,
    connections_full: 503,
    queue_full: 503,
    storage_unavailable: 503,
    internal: 500
  } satisfies Partial<Record<ErrorCode, number>>)) {
    t.equal(problemOf(domainError(code as ErrorCode)).status, status, code)
  }
})

test('503 says when to retry', async t => {
  for (const [code, seconds] of [['draining', '5'], ['queue_full', '1'], ['storage_unavailable', '1']] as const) {
    const { app } = build(t, { orchestrator: { calculate: () => Promise.reject(domainError(code, { what: 'work' })) } })
    const response = await app.inject({ method: 'POST', url: '/api/v1/calculate', payload: { expression: '1' } })
    t.equal(response.statusCode, 503, code)
    t.equal(response.headers['retry-after'], seconds, code)
  }
})

test('the text of storage_unavailable promises only what every store can guarantee', async t => {
  const { detail } = problemOf(domainError('storage_unavailable'))
  t.match(detail, /nothing was changed, unless a database connection broke$/)
})

test('faults of the server are logged with their cause and answered without it', async t => {
  const notAnError: unknown = 'not even an error'
  const { app, log } = build(t, {
    orchestrator: {
      calculate () { throw new TypeError('secret of the house') },
      operations () { throw notAnError }
    }
  })
  const headers = { authorization: 'Bearer very-secret' }
  const response = await app.inject({ method: 'POST', url: '/api/v1/calculate', headers, payload: { expression: '1' } })
  t.equal(response.statusCode, 500)
  t.strictSame(response.json(), {
    type: 'urn:longhand:error:internal',
    title: 'Internal',
    status: 500,
    detail: 'Internal error; see the log of the server',
    code: 'internal'
  })
  t.match(log, [{
    level: 50,
    method: 'POST',
    url: '/api/v1/calculate',
    reqId: String,
    err: { type: 'TypeError', message: 'secret of the house' }
  }])
  t.notMatch(JSON.stringify(log), 'very-secret')

  t.equal((await app.inject('/api/v1/operations')).statusCode, 500)
  t.match(log[1], { err: 'not even an error' })
})

test('an unavailable store is logged with its cause; a full queue is not', async t => {
  const cause = new Error('EIO')
  const { app, log } = build(t, {
    orchestrator: {
      calculate: () => Promise.reject(domainError('queue_full', { what: '10 expressions' })),
      expressions: () => Promise.reject(domainError('storage_unavailable', {}, cause))
    }
  })
  await app.inject({ method: 'POST', url: '/api/v1/calculate', payload: { expression: '1' } })
  t.equal(log.length, 0)
  await app.inject('/api/v1/expressions')
  t.match(log, [{ err: { message: 'EIO' } }])
})

test('requests that are the client\'s fault are not logged, nor are those that succeed', async t => {
  const { app, log } = build(t)
  await app.inject('/nothing')
  await app.inject('/api/v1/operations')
  await app.inject({ method: 'POST', url: '/api/v1/calculate', payload: 'x' })
  t.strictSame(log, [])
})

test('a service can have a form of errors of its own', async t => {
  const app = Fastify()
  t.teardown(() => app.close())
  app.setErrorHandler(createErrorHandler(() => ({ status, detail }) => ({
    status: status === 422 ? 400 : status, mediaType: 'application/json', body: { msg: detail }
  })))
  app.get('/refused', {
    schema: { response: { 400: { type: 'object', properties: { other: { type: 'string' } } } } }
  }, () => { throw domainError('expression_empty') })
  const response = await app.inject('/refused')
  t.equal(response.statusCode, 400)
  t.match(response.headers['content-type'], /^application\/json/)
  t.match(response.json(), { msg: /^The expression is empty/ }, 'the route\'s schema does not cut it')
})

test('an error that clients can repeat is logged once a second, with a count', async t => {
  const { app, clock, log } = build(t, {
    store: () => ({ submit: async () => { throw domainError('storage_unavailable') } })
  })
  const send = async (): Promise<void> => {
    for (let count = 0; count < 50; count++) await app.inject({ method: 'POST', url, payload: { expression: '1+2' } })
  }
  const url = '/api/v1/calculate'
  await send()
  t.match(log, [{ level: 50, method: 'POST', url }])
  clock.advance(1_000)
  t.match(log[1], { level: 50, url, more: 48 })
  await send()
  t.equal(log.length, 2)
})

test('errors with a status that are not of the table, such as those of the host\'s hooks, are the host\'s', async t => {
  const app = Fastify({ handlerTimeout: 50 })
  t.teardown(() => app.close())
  app.setErrorHandler((error: { statusCode?: number, message?: string }, _request, reply) => {
    reply.code(error.statusCode ?? 500).send({ host: error.message })
  })
  app.addHook('onRequest', async ({ query }) => {
    const { fails } = query as { fails?: string }
    if (fails === 'plain') throw { statusCode: 401, message: 'no login' } // eslint-disable-line no-throw-literal
    if (fails === 'error') throw Object.assign(new Error('slow down'), { statusCode: 429 })
    if (fails === 'fault') throw new Error('secret of the host')
  })
  const { options, log } = buildParts(t)
  await app.register(longhandPlugin, { ...options, prefix: '/calc' })
  for (const [path, status, body] of [
    ['?fails=plain', 401, { host: 'no login' }],
    ['?fails=error', 429, { host: 'slow down' }],
    ['/none?fails=error', 429, { host: 'slow down' }],
    ['?fails=fault', 500, { code: 'internal' }],
    ['/7', 404, { code: 'expression_unknown' }]
  ] as const) {
    const response = await app.inject(`/calc/api/v1/expressions${path}`)
    t.match([response.statusCode, response.json()], [status, body], path)
  }
  const timedOut = await app.inject('/calc/internal/task?wait=2')
  t.match([timedOut.statusCode, timedOut.json()], [503, { host: /timed out/ }])
  t.same(log, [])
})

test('without a host, an error with a status is a fault as any other', async t => {
  const error = Object.assign(new Error('not of the table'), { statusCode: 418 })
  const { app, log } = build(t, { orchestrator: { operations () { throw error } } })
  const response = await app.inject('/api/v1/operations')
  t.match([response.statusCode, response.json()], [500, { code: 'internal' }])
  t.match(log, [{ level: 50, err: { message: 'not of the table' } }])
})
