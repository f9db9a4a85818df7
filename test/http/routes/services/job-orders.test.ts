import { once } from 'node:events'
import type { Socket } from 'node:net'
import type { FastifyInstance } from 'fastify'
import { test } from 'tap'
import { domainError } from '../../../../src/core/errors.js'
import { build, claim, defer, dial, listen, request, submit } from '../../helper.js'
import { refuses } from './refusals.js'

interface Job {
  readonly jobId: number
  readonly status: string
  readonly LastUpdated: string
  readonly CompletedOn: string | null
  readonly result: number | null
}

async function jobOf (app: FastifyInstance, id = 1): Promise<Job> {
  const response = await app.inject(`/api/v1/job/${id}`)
  return response.json<Job>()
}

const at = (ms: number): string => new Date(ms).toISOString()

test('a job is pending, wip, completed and, once a response said so, retrieved', async t => {
  const { app, clock } = build(t)
  const start = clock.now()
  const created = await app.inject({ method: 'POST', url: '/api/v1/add/2/3.5' })
  t.equal(created.statusCode, 202)
  t.equal(created.headers['location'], '/api/v1/job/1')
  const job = { jobId: 1, status: 'pending', LastUpdated: at(start), CompletedOn: null, result: null }
  t.strictSame(created.json(), { job: '1', ...job })
  t.strictSame(await jobOf(app), job)

  clock.advance(1_000)
  const task = await claim(app)
  t.match(task, { operation: '+', arg1: 2, arg2: 3.5 })
  t.strictSame(await jobOf(app), { ...job, status: 'wip', LastUpdated: at(start + 1_000) })
  clock.advance(1_000)
  const payload = { tasks: [{ id: task.id, lease: task.lease }] }
  await app.inject({ method: 'POST', url: '/internal/heartbeat', payload })
  t.match(await jobOf(app), { status: 'wip', LastUpdated: at(start + 2_000) }, 'a heartbeat updates it')

  clock.advance(1_000)
  await app.inject({ method: 'POST', url: '/internal/task', payload: { id: task.id, result: 5.5 } })
  const done = { ...job, LastUpdated: at(start + 3_000), CompletedOn: at(start + 3_000), result: 5.5 }
  const head = await app.inject({ method: 'HEAD', url: '/api/v1/job/1' })
  t.equal(head.statusCode, 405, 'who only looks, fetches nothing')
  t.strictSame(await jobOf(app), { ...done, status: 'completed' })
  clock.advance(1_000)
  t.strictSame(await jobOf(app), { ...done, status: 'retrieved' }, 'and keeps its result')
  t.strictSame(await jobOf(app), { ...done, status: 'retrieved' })
})

test('a GET creates a job as a POST does', async t => {
  const { app } = build(t)
  for (const method of ['GET', 'POST'] as const) {
    t.equal((await app.inject({ method, url: '/api/v1/add/-1/1e2' })).statusCode, 202)
    t.match(await claim(app), { arg1: -1, arg2: 100 })
  }
  t.equal((await app.inject({ method: 'HEAD', url: '/api/v1/add/1/2' })).statusCode, 405, 'a HEAD creates nothing')
  t.equal((await app.inject('/api/v1/expressions?kind=job-order')).json<{ expressions: [] }>().expressions.length, 2)
})

test('numbers are decimal numbers', async t => {
  const { app } = build(t)
  for (const [text, value] of [
    ['0', 0], ['-0', 0], ['007', 7], ['.5', 0.5], ['5.', 5], ['%2B5', 5], ['+5', 5], ['-1.5e-3', -0.0015], ['1E3', 1000]
  ] as const) {
    t.equal((await app.inject({ method: 'POST', url: `/api/v1/add/${text}/1` })).statusCode, 202, text)
    const { arg1 } = await claim(app)
    t.ok(Object.is(arg1, value), `${text} is ${arg1}`)
  }
})

test('a sum that no double holds fails, and failed stays failed', async t => {
  const { app, clock } = build(t)
  await app.inject('/api/v1/add/1e308/1e308')
  const finishedAt = at(clock.now())
  for (let reading = 0; reading < 3; reading++) {
    t.match(await jobOf(app), { status: 'failed', CompletedOn: finishedAt, result: null })
    clock.advance(1_000)
  }
  await app.inject('/api/v1/add/1/1')
  await app.inject({ method: 'DELETE', url: '/api/v1/expressions/2' })
  t.match(await jobOf(app, 2), { status: 'failed', result: null }, 'nor is one that was cancelled ever done')
})

test('clients that name a media type for every request need no body', async t => {
  const { app } = build(t)
  for (const type of ['application/json', 'application/x-www-form-urlencoded', 'text/plain']) {
    const headers = { 'content-type': type, 'content-length': '0' }
    t.equal((await app.inject({ method: 'POST', url: '/api/v1/add/1/2', headers })).statusCode, 202, type)
  }
  const ignored = await app.inject({ method: 'POST', url: '/api/v1/add/1/2', payload: { num1: 'x' } })
  t.equal(ignored.statusCode, 202)
})

test('two concurrent reads may both say completed', async t => {
  const { app } = build(t)
  await app.inject('/api/v1/add/1/2')
  await app.inject({ method: 'POST', url: '/internal/task', payload: { id: 1, result: 3 } })
  const both = await Promise.all([jobOf(app), jobOf(app)])
  t.strictSame(both.map(({ status }) => status), ['completed', 'completed'])
  t.match(await jobOf(app), { status: 'retrieved' })
})

test('an answer that never left retrieves nothing', async t => {
  const held = defer()
  const asked = defer()
  const { app } = build(t, {
    orchestrator: real => ({
      async expression (id) {
        asked.resolve()
        await held.promise
        return real.expression(id)
      }
    })
  })
  const port = await listen(app)
  await app.inject('/api/v1/add/1/2')
  await app.inject({ method: 'POST', url: '/internal/task', payload: { id: 1, result: 3 } })
  const connected = once(app.server, 'connection')
  const wire = await dial(t, port)
  const [socket] = await connected as [Socket]
  wire.send(request('GET /api/v1/job/1'))
  await asked.promise
  const closed = once(socket, 'close')
  wire.socket.destroy()
  await closed
  held.resolve()
  const other = await dial(t, port)
  other.send(request('GET /api/v1/job/1'))
  t.match(await other.until('}'), /"status":"completed"/)
})

test('a retrieval that cannot be recorded is logged, and the job stays completed', async t => {
  const { app, clock, log } = build(t, {
    store: () => ({ retrieve: async () => { throw domainError('storage_unavailable') } })
  })
  await app.inject('/api/v1/add/1/2')
  await app.inject({ method: 'POST', url: '/internal/task', payload: { id: 1, result: 3 } })
  for (let reading = 0; reading < 2; reading++) t.match(await jobOf(app), { status: 'completed', result: 3 })
  const line = { err: { code: 'storage_unavailable' }, id: 1, msg: 'Could not record that a result was retrieved' }
  t.match(log, [line])
  clock.advance(1_000)
  t.match(log, [line, line], 'the second one, when the second is over')
})

test('pages of other origins neither create nor fetch anything, with a GET either', async t => {
  const { app } = build(t)
  await app.inject('/api/v1/add/1/2')
  await app.inject({ method: 'POST', url: '/internal/task', payload: { id: 1, result: 3 } })
  for (const headers of [{ origin: 'http://elsewhere.example' }, { 'sec-fetch-site': 'cross-site' }]) {
    for (const url of ['/api/v1/add/1/2', '/api/v1/job/1']) {
      const response = await app.inject({ url, headers })
      t.equal(response.statusCode, 403, url)
      t.strictSame(Object.keys(response.json()), ['message'])
    }
  }
  t.equal((await app.inject('/api/v1/expressions?kind=all')).json<{ expressions: [] }>().expressions.length, 1)
  t.match(await jobOf(app), { status: 'completed' })
  t.equal((await app.inject({ url: '/api/v1/add/1/2', headers: { 'sec-fetch-site': 'none' } })).statusCode, 202)
})

test('an id of another service is unknown', async t => {
  const { app } = build(t)
  await submit(app, '1+2')
  const response = await app.inject('/api/v1/job/1')
  t.strictSame([response.statusCode, response.json()], [404, { message: 'There is no such job' }])
})

test('every error is a message', async t => {
  const bad = (path: string) => ({ url: `/api/v1/add/${path}` })
  await refuses(t, {
    member: 'message',
    badInput: 400,
    create: { method: 'POST', url: '/api/v1/add/1/2' },
    read: '/api/v1/job',
    nowhere: '/api/v1/add/1',
    badInputs: [
      ['a word', bad('one/2'), /^Invalid path: num1 is not a number/],
      ['another word', bad('1/two'), /num2 is not a number/],
      ['a decimal comma', bad('1,5/2'), /num1/],
      ['an expression', bad('(1+1)/2'), /num1/],
      ['hexadecimal', bad('0x10/2'), /num1/],
      ['infinity', bad('Infinity/2'), /num1/],
      ['what no double holds', bad('1e999/2'), /num1/],
      ['nothing', bad('1/%20'), /num2/]
    ]
  })
})

test('long numbers are computed, as long as a double holds them', async t => {
  const { app } = build(t)
  const post = (num1: string, num2: string) => app.inject({ method: 'POST', url: `/api/v1/add/${num1}/${num2}` })
  for (const long of ['1'.repeat(300), `0.${'3'.repeat(5_000)}`, `${'0'.repeat(5_000)}1`]) {
    t.equal((await post(long, '1')).statusCode, 202)
    t.equal((await post('1', long)).statusCode, 202)
  }
  const refused = await post('9'.repeat(400), '1')
  t.equal(refused.statusCode, 400)
  t.match(refused.json(), { message: /num1 is not a number in the range of a double/ })
})
