import { test } from 'tap'
import { build, claim, submit } from '../helper.js'

test('an expression is cancelled, stays as such, and its work is over', async t => {
  const { app } = build(t)
  await submit(app, '1*2+3*4')
  const { id, lease } = await claim(app)
  const waiting = app.inject('/api/v1/expressions/1?wait=60')
  const response = await app.inject({ method: 'DELETE', url: '/api/v1/expressions/1' })
  t.equal(response.statusCode, 202)
  t.match(response.json(), { expression: { id: 1, status: 'cancelled', result: null, finished_at: String } })
  t.match((await waiting).json(), { expression: { status: 'cancelled' } }, 'whoever waits learns it')
  t.match((await app.inject('/api/v1/expressions')).json(), { expressions: [{ id: 1, status: 'cancelled' }] })

  t.equal((await app.inject('/internal/task')).statusCode, 404)
  const late = await app.inject({ method: 'POST', url: '/internal/task', payload: { id, lease, result: 2 } })
  t.strictSame([late.statusCode, late.json()], [200, { accepted: false }])
  const payload = { tasks: [{ id, lease }] }
  const heartbeat = await app.inject({ method: 'POST', url: '/internal/heartbeat', payload })
  t.match(heartbeat.json(), { lost: [], cancelled: [id] })
})

test('what is final cannot be cancelled', async t => {
  const { app } = build(t)
  await submit(app, '42')
  await submit(app, '1/0')
  await submit(app, '1+1')
  await app.inject({ method: 'DELETE', url: '/api/v1/expressions/3' })
  for (const [id, status] of [[1, 'completed'], [2, 'failed'], [3, 'cancelled']]) {
    const response = await app.inject({ method: 'DELETE', url: `/api/v1/expressions/${id}` })
    t.equal(response.statusCode, 409)
    t.match(response.json(), { code: 'expression_final', detail: `Expression ${id} is already ${status}` })
    t.match((await app.inject(`/api/v1/expressions/${id}`)).json(), { expression: { status } }, 'and nothing changed')
  }
})

test('what is not there cannot be cancelled', async t => {
  const { app } = build(t)
  for (const id of ['1', '0', 'x', '9007199254740993']) {
    const response = await app.inject({ method: 'DELETE', url: `/api/v1/expressions/${id}` })
    t.equal(response.statusCode, 404, id)
    t.match(response.json(), { code: 'expression_unknown' }, id)
  }
})

test('pages of other origins cancel nothing', async t => {
  const { app } = build(t)
  await submit(app, '1+1')
  const headers = { origin: 'http://elsewhere.example' }
  t.equal((await app.inject({ method: 'DELETE', url: '/api/v1/expressions/1', headers })).statusCode, 403)
  t.match((await app.inject('/api/v1/expressions/1')).json(), { expression: { status: 'pending' } })
})
