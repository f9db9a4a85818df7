import type { FastifyInstance } from 'fastify'
import { test } from 'tap'
import { build, claim, submit } from '../../helper.js'
import { refuses } from './refusals.js'

const URL = '/api/expression'

function post (app: FastifyInstance, payload: object) {
  return app.inject({ method: 'POST', url: URL, payload })
}

async function resultOf (app: FastifyInstance, id: number): Promise<unknown> {
  const response = await app.inject(`/api/result/${id}`)
  return [response.statusCode, response.json()]
}

test('an expression with variables gets an id, a message while it is unfinished, and then its result', async t => {
  const { app } = build(t)
  const created = await post(app, { expression: 'x*t**y', variables: { x: 10, y: 1, t: 11 } })
  t.equal(created.statusCode, 200)
  t.strictSame(created.json(), { expression_id: 1 })
  const unfinished = await app.inject('/api/result/1')
  t.strictSame([unfinished.statusCode, unfinished.json()], [200, { msg: 'The calculation is not finished yet' }])
  t.equal(unfinished.headers['retry-after'], '1')
  t.equal(unfinished.headers['cache-control'], 'no-store')
  const power = (await app.inject('/internal/task?operations=%5E')).json<{ task: { id: number } }>().task
  await app.inject({ method: 'POST', url: '/internal/task', payload: { id: power.id, result: 11 } })
  t.strictSame(await resultOf(app, 1), [200, { msg: 'The calculation is not finished yet' }])
  const product = await claim(app)
  await app.inject({ method: 'POST', url: '/internal/task', payload: { id: product.id, result: 110 } })
  const finished = await app.inject('/api/result/1')
  t.strictSame([finished.statusCode, finished.json()], [200, { result: 110 }])
  t.equal(finished.headers['retry-after'], undefined)
})

test('a client that asks to wait is answered when there is a result', async t => {
  const { app } = build(t)
  await post(app, { expression: '2*3' })
  const waiting = app.inject('/api/result/1?wait=60')
  const preferring = app.inject({ url: '/api/result/1', headers: { prefer: 'wait=60' } })
  const { id } = await claim(app)
  await app.inject({ method: 'POST', url: '/internal/task', payload: { id, result: 6 } })
  for (const response of [await waiting, await preferring]) t.strictSame(response.json(), { result: 6 })
})

test('0 is a result', async t => {
  const { app } = build(t)
  await post(app, { expression: '0' })
  t.strictSame(await resultOf(app, 1), [200, { result: 0 }])
})

test('variables may be missing, or null, when none is used', async t => {
  const { app } = build(t)
  for (const more of [{}, { variables: {} }, { variables: null }, { variables: { unused: 1 } }, { other: true }]) {
    t.equal((await post(app, { expression: '2*3', ...more })).statusCode, 200, JSON.stringify(more))
  }
})

test('an error that only appears in calculation is reported with the result', async t => {
  const { app } = build(t)
  for (const [index, [expression, msg]] of ([
    ['1/0', 'Division by zero: 1 / 0 (at position 1)'],
    ['1e308*10', 'The result of 1e+308 * 10 is too large for a double (at position 5)'],
    ['sqrt(-1)', 'sqrt(-1) is undefined: the argument must be at least 0 (at position 0)']
  ] as const).entries()) {
    t.equal((await post(app, { expression })).statusCode, 200)
    t.strictSame(await resultOf(app, index + 1), [200, { msg }])
  }
  await post(app, { expression: '1+1' })
  await app.inject({ method: 'DELETE', url: '/api/v1/expressions/4' })
  t.strictSame(await resultOf(app, 4), [200, { msg: 'The calculation was cancelled' }])
})

test('an id of another service is unknown', async t => {
  const { app } = build(t)
  await submit(app, '42')
  t.strictSame(await resultOf(app, 1), [404, { msg: 'There is no such expression' }])
  await submit(app, '1+2')
  const response = await app.inject('/api/result/2?wait=60')
  t.equal(response.statusCode, 404, 'and nobody waits for it')
})

test('every error is a message', async t => {
  const fine = { expression: '1+2' }
  await refuses(t, {
    member: 'msg',
    badInput: 400,
    create: { method: 'POST', url: URL, payload: fine },
    read: '/api/result',
    nowhere: '/api/result/1/2',
    badInputs: [
      ['the example of its document', { payload: { expression: 'x+*t**y', variables: { x: 10, y: 1, t: 11 } } },
        /^Unexpected "\*"; .* \(at position 2\)$/],
      ['a variable without a value', { payload: { expression: 'x+1' } }, /variable "x" has no value/],
      ['no expression', { payload: {} }, /"expression" is missing/],
      ['an expression that is a number', { payload: { expression: 5 } }, /"expression": expected string/],
      ['a value that is text', { payload: { expression: 'x', variables: { x: '1' } } }, /"variables.x": expected number/],
      ['code', { payload: { expression: '__import__("os")' } }, /./],
      ['half a JSON', { payload: '{"expression"', headers: { 'content-type': 'application/json' } }, /not JSON/],
      ['no body', { payload: '' }, /./]
    ]
  })
})

test('a name that could run code is only a name', async t => {
  const { app } = build(t)
  for (const expression of ['process.exit()', 'constructor', '__proto__', 'eval(1)', '(()=>1)()', 'toString()']) {
    t.equal((await post(app, { expression })).statusCode, 400, expression)
  }
  t.same((await app.inject('/api/v1/expressions?kind=all')).json(), { expressions: [] })
})
