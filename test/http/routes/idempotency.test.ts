import type { FastifyInstance } from 'fastify'
import { test } from 'tap'
import { build } from '../helper.js'

async function calculate (app: FastifyInstance, key: string, payload: string) {
  const headers = { 'idempotency-key': key, 'content-type': 'application/json' }
  const response = await app.inject({ method: 'POST', url: '/api/v1/calculate', headers, payload })
  const { statusCode: status, headers: { location } } = response
  return { status, location, body: response.json<{ code?: string }>() }
}

test('the same key and body get the same expression, however the body is written', async t => {
  const { app } = build(t)
  const first = { status: 201, location: '/api/v1/expressions/1', body: { id: 1 } }
  for (const body of ['{"expression":"2+2"}', ' { "expression" : "2\\u002b2" } ', '{"x":1,"expression":"2+2"}']) {
    t.strictSame(await calculate(app, 'k', body), first)
  }
  for (const body of [
    '{"expression":"a+b","variables":{"a":1,"b":2}}', '{"variables":{"b":2.0,"a":1e0},"expression":"a+b"}'
  ]) t.match(await calculate(app, 'v', body), { status: 201, body: { id: 2 } })
  t.match(await calculate(app, 'k2', '{"expression":"2+2"}'), { status: 201, body: { id: 3 } }, 'another key')
})

test('the same key with another body is refused', async t => {
  const { app } = build(t)
  await calculate(app, 'k', '{"expression":"2+2"}')
  for (const body of ['{"expression":"2+3"}', '{"expression":"2 +2"}', '{"expression":"2+2","variables":{"a":1}}']) {
    t.match(await calculate(app, 'k', body), { status: 422, body: { code: 'idempotency_conflict' } }, body)
  }
})

test('a key that was used for something refused is free', async t => {
  const { app } = build(t)
  t.equal((await calculate(app, 'k', '{"expression":"2+"}')).status, 422)
  t.equal((await calculate(app, 'k', '{"expression":"2+2"}')).status, 201)
})

test('a key is 1 to 255 visible ASCII characters', async t => {
  const { app } = build(t)
  for (const key of ['!', '~'.repeat(255), '"quoted"', 'a,b']) {
    t.equal((await calculate(app, key, '{"expression":"2+2"}')).status, 201, key)
  }
  for (const key of ['', ' ', 'a b', 'x'.repeat(256), 'schlüssel']) {
    t.match(await calculate(app, key, '{"expression":"2+2"}'), {
      status: 422, body: { code: 'idempotency_key_invalid' }
    }, key)
  }
})

/** A way to submit to each of the other services: its path, a body, another one, and how it words a conflict. */
const SERVICES = [
  {
    url: '/api/expression',
    body: '{"expression":"a+b","variables":{"a":1,"b":2}}',
    same: '{"variables":{"b":2.0,"a":1},"x":1,"expression":"a+b"}',
    others: ['{"expression":"a+b","variables":{"a":1,"b":3}}', '{"expression":"a-b","variables":{"a":1,"b":2}}'],
    status: 200,
    refusal: { status: 400, member: 'msg' }
  },
  {
    url: '/create-task',
    body: '{"name":"Report","duration_ms":5}',
    same: ' {"duration_ms":5, "name":"Report", "x":[]}',
    others: ['{"name":"Report"}', '{"name":"Other","duration_ms":5}'],
    status: 200,
    refusal: { status: 422, member: 'error' }
  }
] as const

for (const { url, body, same, others, status, refusal } of SERVICES) {
  test(`POST ${url} takes a key`, async t => {
    const { app } = build(t)
    const post = (payload: string, key: string) => app.inject({
      method: 'POST', url, headers: { 'idempotency-key': key, 'content-type': 'application/json' }, payload
    })
    const first = await post(body, 'k')
    t.equal(first.statusCode, status)
    for (const payload of [body, same]) {
      const again = await post(payload, 'k')
      t.strictSame([again.statusCode, again.body, again.headers['location']],
        [status, first.body, first.headers['location']], payload)
    }
    for (const payload of others) {
      const refused = await post(payload, 'k')
      t.equal(refused.statusCode, refusal.status, payload)
      t.strictSame(refused.json(), { [refusal.member]: 'The Idempotency-Key was already used for a different request' })
    }
    const malformed = await post(body, 'a b')
    t.equal(malformed.statusCode, refusal.status)
    t.match(malformed.json(), { [refusal.member]: /^The Idempotency-Key must be/ })
    t.not((await post(body, 'k2')).body, first.body, 'another key')
    t.not((await app.inject({ method: 'POST', url, payload: JSON.parse(body) })).body, first.body, 'no key')
  })
}

test('a job order takes a key, with GET and POST', async t => {
  const { app } = build(t)
  const order = (method: 'GET' | 'POST', numbers: string) =>
    app.inject({ method, url: `/api/v1/add/${numbers}`, headers: { 'idempotency-key': 'k' } })
  const first = await order('POST', '1/2')
  t.equal(first.statusCode, 202)
  for (const method of ['GET', 'POST'] as const) t.strictSame((await order(method, '1/2')).json(), first.json())
  for (const numbers of ['1.0/2', '1e0/+2', '01/20e-1', '.1e1/2.']) {
    t.strictSame((await order('POST', numbers)).json(), first.json(), numbers)
  }
  const other = await order('POST', '1/3')
  t.equal(other.statusCode, 400)
  t.strictSame(other.json(), { message: 'The Idempotency-Key was already used for a different request' })

  await app.inject({ method: 'POST', url: '/internal/task', payload: { id: 1, result: 3 } })
  t.match((await order('POST', '1/2')).json(), { jobId: 1, status: 'completed', result: 3 }, 'as it stands now')
  t.match((await app.inject('/api/v1/job/1')).json(), { status: 'retrieved' }, 'and so it was fetched')
})

test('a key of one service is refused by another', async t => {
  const { app } = build(t)
  const post = (url: string, payload: object = {}) =>
    app.inject({ method: 'POST', url, headers: { 'idempotency-key': 'k' }, payload })
  const expression = { expression: '1+2' }
  t.equal((await post('/api/v1/calculate', expression)).statusCode, 201)
  t.equal((await post('/api/expression', expression)).statusCode, 400)
  t.equal((await post('/create-task', { name: '1+2' })).statusCode, 422)
  t.equal((await post('/api/v1/add/1/2')).statusCode, 400)
  t.equal((await app.inject('/api/v1/expressions?kind=all')).json<{ expressions: [] }>().expressions.length, 1)
})

test('the setting of a default makes no other request of what did not say it', async t => {
  const { app, orchestrator } = build(t)
  const request = {
    method: 'POST', url: '/create-task', headers: { 'idempotency-key': 'k' }, payload: { name: 'Report' }
  } as const
  const first = await app.inject(request)
  const { app: restarted } = build(t, {
    orchestrator: {
      submit: orchestrator.submit,
      operations: () => orchestrator.operations().map(operation => ({ ...operation, timeMs: 7 }))
    }
  })
  const again = await restarted.inject(request)
  t.strictSame([again.statusCode, again.json()], [200, first.json()])
})

test('no variables are no variables, however that is said', async t => {
  const { app } = build(t)
  for (const url of ['/api/v1/calculate', '/api/expression']) {
    const post = (variables: object) => app.inject({
      method: 'POST', url, headers: { 'idempotency-key': url }, payload: { expression: '1+2', ...variables }
    })
    const first = await post({})
    for (const variables of [null, {}]) t.equal((await post({ variables })).body, first.body, url)
  }
})

test('a key keeps its answer though its expression would be refused now', async t => {
  const { app, limits } = build(t)
  const long = '{"expression":"1+2+3+4"}'
  const first = await calculate(app, 'k', long)
  Object.assign(limits, { operations: 2 })
  t.match(await calculate(app, 'other', long), { status: 422, body: { code: 'plan_too_large' } })
  t.strictSame(await calculate(app, 'k', long), first)
  const other = await calculate(app, 'k', '{"expression":"1+2+3+5"}')
  t.match(other, { status: 422, body: { code: 'idempotency_conflict' } })
})
