import { test } from 'tap'
import { build } from '../helper.js'

const URL = '/api/v1/calculate'

test('a submit answers 201, the id and where the expression is', async t => {
  const { app } = build(t)
  const first = await app.inject({ method: 'POST', url: URL, payload: { expression: '2+2*2' } })
  t.equal(first.statusCode, 201)
  t.match(first.headers['content-type'], /^application\/json/)
  t.equal(first.headers.location, '/api/v1/expressions/1')
  t.strictSame(first.json(), { id: 1 })

  const second = await app.inject({ method: 'POST', url: URL, payload: { expression: '1', vary: 5, more: [null] } })
  t.strictSame(second.json(), { id: 2 }, 'unknown members are ignored')
  const shown = await app.inject(String(second.headers.location))
  t.equal(shown.statusCode, 200)
})

test('an expression that is not one is refused with its position', async t => {
  const { app } = build(t)
  const response = await app.inject({ method: 'POST', url: URL, payload: { expression: '2+*3' } })
  t.equal(response.statusCode, 422)
  t.equal(response.headers['content-type'], 'application/problem+json')
  t.match(response.json(), {
    type: 'urn:longhand:error:unexpected_token', code: 'unexpected_token', status: 422, position: 2, length: 1
  })

  const empty = await app.inject({ method: 'POST', url: URL, payload: { expression: '' } })
  t.equal(empty.statusCode, 422)
  t.match(empty.json(), { code: 'expression_empty' })
  t.strictSame((await app.inject('/api/v1/expressions')).json(), { expressions: [] }, 'nothing was kept')
})

test('a body without a string `expression` is refused, and numbers are not taken for text', async t => {
  const { app } = build(t)
  for (const [payload, reason] of [
    ['{}', '"expression" is missing'],
    ['{"expression":5}', '"expression": expected string'],
    ['{"expression":null}', '"expression": expected string'],
    ['[]', 'expected object'],
    ['"2+2"', 'expected object']
  ] as const) {
    const response = await app.inject({ method: 'POST', url: URL, payload })
    t.equal(response.statusCode, 422, payload)
    t.match(response.json(), { code: 'body_invalid', detail: `Invalid body: ${reason}` }, payload)
  }
})

test('while draining, expressions are refused with a Retry-After', async t => {
  const { app, orchestrator } = build(t)
  orchestrator.drain()
  const response = await app.inject({ method: 'POST', url: URL, payload: { expression: '1+1' } })
  t.equal(response.statusCode, 503)
  t.match(response.json(), { code: 'draining', status: 503 })
  t.equal(response.headers['retry-after'], '5')
  t.equal(response.headers.connection, 'close')
})
