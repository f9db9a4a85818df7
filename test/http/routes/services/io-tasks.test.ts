import type { FastifyInstance } from 'fastify'
import { test } from 'tap'
import { build, submit } from '../../helper.js'
import { refuses } from './refusals.js'

function create (app: FastifyInstance, payload: object) {
  return app.inject({ method: 'POST', url: '/create-task', payload })
}

async function poll (app: FastifyInstance, id = 1): Promise<unknown> {
  const response = await app.inject(`/poll-task/${id}`)
  return response.json()
}

const at = (ms: number): string => new Date(ms).toISOString()

test('a task is pending until it is completed', async t => {
  const { app, clock } = build(t)
  const record = { id: 1, name: 'Report', status: 'pending', created_at: at(clock.now()), completed_at: null }
  const created = await create(app, { name: 'Report' })
  t.equal(created.statusCode, 200)
  t.strictSame(created.json(), record, 'the new record at once')
  t.strictSame(await poll(app), record)
  clock.advance(1_000)
  const { task } = (await app.inject('/internal/task?operations=task')).json()
  t.match(task, { operation: 'task', arg1: 100, arg2: 0, operation_time: 100 }, 'TIME_TASK_MS')
  t.match(task, { kind: 'io-task', name: 'Report' }, 'the agent knows what it is')
  t.strictSame(await poll(app), record, 'also while it is worked on')
  clock.advance(100)
  await app.inject({ method: 'POST', url: '/internal/task', payload: { id: task.id, result: 101 } })
  t.strictSame(await poll(app), { ...record, status: 'completed', completed_at: at(clock.now()) })
  t.strictSame(await poll(app), { ...record, status: 'completed', completed_at: at(clock.now()) }, 'it stays so')
  t.match((await app.inject('/api/v1/expressions/1')).json(), {
    expression: { kind: 'io-task', expression: 'Report', result: 101 }
  }, 'its result is how long it took')
})

test('only named work carries a name, alone, in a batch and with a report', async t => {
  const { app } = build(t)
  for (const name of ['one', 'two', 'three']) await create(app, { name })
  await submit(app, '1+2')
  const batch = (await app.inject('/internal/task?operations=task&max=2')).json()
  t.same(batch.tasks.map(({ name }: { name: string }) => name), ['one', 'two'])
  const next = await app.inject({
    method: 'POST', url: '/internal/task?next=1&operations=task', payload: { id: 1, result: 1 }
  })
  t.match(next.json(), { task: { kind: 'io-task', name: 'three' } })
  const { task } = (await app.inject('/internal/task')).json()
  t.same(Object.keys(task).filter(member => member === 'kind' || member === 'name'), [])
})

test('a task may say how long it takes', async t => {
  const { app } = build(t)
  for (const durationMs of [0, 1_500, 86_400_000]) {
    await create(app, { name: 'Report', duration_ms: durationMs })
    const { task } = (await app.inject('/internal/task?operations=task')).json()
    t.match(task, { arg1: durationMs, operation_time: durationMs, lease_ms: durationMs + 10_000 })
  }
})

test('an agent that does not say that it does tasks is given none, and that is visible', async t => {
  const { app } = build(t)
  await create(app, { name: 'Report' })
  t.equal((await app.inject('/internal/task')).statusCode, 404)
  const { unserved } = (await app.inject('/api/v1/agents')).json<{ unserved: unknown }>()
  t.strictSame(unserved, [{ operation: 'task', tasks: 1 }])
})

test('a task that cannot be done has failed', async t => {
  const { app } = build(t)
  await create(app, { name: 'Report' })
  const { task } = (await app.inject('/internal/task?operations=task')).json()
  const error = { code: 'out_of_paper', message: 'No paper left', retryable: false }
  await app.inject({ method: 'POST', url: '/internal/task', payload: { id: task.id, lease: task.lease, error } })
  t.match(await poll(app), { status: 'failed', completed_at: null })
})

test('an id of another service is unknown', async t => {
  const { app } = build(t)
  await submit(app, '42')
  const response = await app.inject('/poll-task/1')
  t.strictSame([response.statusCode, response.json()], [404, { error: 'There is no such task' }])
})

test('every error is an error', async t => {
  const bad = (payload: object) => ({ payload })
  await refuses(t, {
    member: 'error',
    badInput: 422,
    create: { method: 'POST', url: '/create-task', payload: { name: 'Report' } },
    read: '/poll-task',
    nowhere: '/create-task/now',
    badInputs: [
      ['no name', bad({}), /"name" is missing/],
      ['an empty name', bad({ name: '' }), /"name"/],
      ['a name that is none', bad({ name: 5 }), /"name": expected string/],
      ['a negative duration', bad({ name: 'x', duration_ms: -1 }), /"duration_ms"/],
      ['a fraction', bad({ name: 'x', duration_ms: 1.5 }), /"duration_ms"/],
      ['more than a day', bad({ name: 'x', duration_ms: 86_400_001 }), /"duration_ms"/],
      ['half a JSON', { payload: '{', headers: { 'content-type': 'application/json' } }, /not JSON/]
    ]
  })
})
