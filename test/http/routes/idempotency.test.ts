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
