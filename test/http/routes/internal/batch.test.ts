import type { FastifyInstance } from 'fastify'
import { test } from 'tap'
import { type TaskShown, build, claim, submit } from '../../helper.js'

const URL = '/internal/task'

interface Batch {
  readonly task: TaskShown | null
  readonly tasks?: readonly TaskShown[]
}

/** A report, as it is posted. */
type Item = Readonly<Record<string, unknown>>

async function post (app: FastifyInstance, payload: unknown, query = '') {
  const response = await app.inject({ method: 'POST', url: URL + query, payload: JSON.stringify(payload) })
  return { status: response.statusCode, body: response.json<Batch & Readonly<Record<string, unknown>>>() }
}

async function batch (app: FastifyInstance, query: string): Promise<readonly TaskShown[]> {
  const response = await app.inject(`${URL}?${query}`)
  return response.json<Batch>().tasks ?? []
}

function result ({ id, lease }: TaskShown, value: number): Item {
  return { id, lease, result: value }
}

const ids = (tasks: readonly TaskShown[]): number[] => tasks.map(({ id }) => id)

test('an agent gets as many tasks as it asks for at most, and one without asking', async t => {
  const { app } = build(t)
  await submit(app, '(1*2+3*4)*(5*6+7*8)')
  const plain = (await app.inject(URL)).json<Batch>()
  t.equal(plain.task?.id, 1)
  t.notOk('tasks' in plain, 'who does not ask for a batch gets the plain answer')
  const { task, tasks = [] } = (await app.inject(`${URL}?max=2`)).json<Batch>()
  t.strictSame(ids(tasks), [2, 4])
  t.strictSame(task, tasks[0], '`task` is the first of them')
  t.strictSame(ids(await batch(app, 'max=256')), [5])
  t.equal((await app.inject(`${URL}?max=256`)).statusCode, 404)
  for (const query of ['max=0', 'max=257', 'max=1.5', 'max=many', 'max_ms=-1', `instance=${'i'.repeat(101)}`]) {
    const response = await app.inject(`${URL}?${query}`)
    t.equal(response.statusCode, 422, query)
    t.match(response.json(), { code: 'query_invalid' }, query)
  }
})

test('in a batch the operation times add up in the leases', async t => {
  const { app } = build(t)
  await submit(app, '1*2+3*4')
  const response = await app.inject(`${URL}?max=5`)
  t.match(response.json<Batch>().tasks, [{ lease_ms: 10_100 }, { lease_ms: 10_200 }])
})

test('a batch ends before its times add up to more than max_ms', async t => {
  const { app } = build(t)
  await submit(app, '(1*2+3*4)*(5*6+7*8)')
  t.equal((await batch(app, 'max=9&max_ms=0')).length, 1, 'one at least')
  t.equal((await batch(app, 'max=9&max_ms=250')).length, 2)
  t.equal((await batch(app, 'max=9')).length, 1)
})

test('while others wait, a batch with max_ms holds one task at most that takes any time', async t => {
  const { app, orchestrator } = build(t)
  const first = app.inject(`${URL}?wait=60&max=9&max_ms=1000`)
  const second = app.inject(`${URL}?wait=60&max=9&max_ms=1000`)
  while ((await orchestrator.agents()).agents[0]?.waiting !== 2) await new Promise(resolve => setImmediate(resolve))
  await submit(app, '1*2+3*4')
  const answers = [(await first).json<Batch>(), (await second).json<Batch>()]
  t.strictSame(answers.map(({ tasks = [] }) => ids(tasks)), [[1], [2]])
})

test('many results in one body, good and bad: each is answered for itself', async t => {
  const { app } = build(t)
  await submit(app, '1*2+3*4')
  const [one, other] = await batch(app, 'max=2') as [TaskShown, TaskShown]
  await submit(app, '5*6')
  await post(app, { id: 4, result: 30 })
  const results = [
    result(one, 2), { id: 99, result: 1 }, { id: 3, result: 1 }, { id: 4, result: 1 }, { id: other.id, result: 'x' },
    { id: other.id, lease: 'of another', error: { code: 'c', message: 'm' } }, 'nonsense', { result: 5 },
    { id: '2', result: 1, error: { code: 'c', message: 'm' } }, result(other, 12)
  ]
  const { status, body } = await post(app, { results })
  t.equal(status, 200, 'the list was read, whatever is in it')
  t.match(body['results'], [
    { id: 1, accepted: true },
    { id: 99, accepted: false, code: 'task_unknown', detail: 'No task 99 is waiting for a result' },
    { id: 3, accepted: false, code: 'task_unknown' },
    { id: 4, accepted: false },
    { id: 2, accepted: false, code: 'result_invalid' },
    { id: 2, accepted: false, code: 'lease_superseded' },
    { id: null, accepted: false, code: 'body_invalid' },
    { id: null, accepted: false, code: 'body_invalid' },
    { id: 2, accepted: false, code: 'result_invalid' },
    { id: 2, accepted: true }
  ])
  t.notOk('code' in (body['results'] as Item[])[3]!, 'settled before is no fault')
  t.equal((await claim(app)).id, 3, 'both good ones counted')
})

test('a body is one report or a list of them, and not too long', async t => {
  const { app } = build(t)
  const tooMany = Array.from({ length: 257 }, () => ({ id: 1, result: 1 }))
  for (const payload of [{ id: 1, results: [] }, { results: {} }, { results: 'x' }, { results: tooMany }]) {
    const { status, body } = await post(app, payload)
    t.equal(status, 422)
    t.equal(body['code'], 'body_invalid')
  }
  t.strictSame(await post(app, { results: [] }), { status: 200, body: { results: [] } })
})

test('one round trip reports and claims', async t => {
  const { app } = build(t)
  await submit(app, '1*2+3*4')
  const first = await claim(app)
  const { status, body } = await post(app, result(first, 2), '?next=1')
  t.equal(status, 200)
  t.match(body, { accepted: true, task: { id: 2, arg1: 3, arg2: 4 } })
  t.notOk('tasks' in body)

  const { body: last } = await post(app, { results: [result(body.task!, 12)] }, '?next=1&max=4')
  t.match(last, { results: [{ id: 2, accepted: true }], task: { id: 3, arg1: 2, arg2: 12 }, tasks: [{ id: 3 }] })
  const { body: none } = await post(app, { results: [result(last.task!, 14)] }, '?next=1&max=4')
  t.strictSame(none, { results: [{ id: 3, accepted: true }], task: null, tasks: [] })
  t.match((await app.inject('/api/v1/expressions/1')).json(), { expression: { status: 'completed', result: 14 } })
  t.strictSame((await post(app, { results: [] }, '?next=1')).body, { results: [], task: null }, 'a claim by POST')
})

test('with next the answer is 200 also when the report is refused, and brings what there is', async t => {
  const { app } = build(t)
  await submit(app, '1*2')
  const { status, body } = await post(app, { id: 77, result: 1 }, '?next=1')
  t.equal(status, 200)
  t.match(body, { accepted: false, code: 'task_unknown', detail: /77/, task: { id: 1 } })
  const error = { code: 'c', message: 'm' }
  const superseded = await post(app, { id: 1, error, lease: 'no' }, '?next=1')
  t.match(superseded, { status: 200, body: { accepted: false, code: 'lease_superseded', task: null } })
})

test('with next a body that cannot be read is refused, and claims nothing', async t => {
  const { app } = build(t)
  await submit(app, '1*2')
  for (const payload of [{ id: 1, result: 'x' }, { result: 5 }, [], { id: 1 }]) {
    t.equal((await post(app, payload, '?next=1')).status, 422)
  }
  t.equal((await post(app, { id: 1, result: 2 }, '?next=2')).status, 422)
  t.equal((await claim(app)).attempt, 1)
})

test('with next and wait the next task is waited for once the reports are kept', async t => {
  const { app } = build(t)
  await submit(app, '1*2')
  const first = await claim(app)
  const waiting = post(app, result(first, 2), '?next=1&wait=60')
  const shown = await app.inject('/api/v1/expressions/1?wait=60')
  t.match(shown.json(), { expression: { status: 'completed' } }, 'kept, though the answer is held back')
  await submit(app, '3*4')
  t.match(await waiting, { status: 200, body: { accepted: true, task: { id: 2 } } })
})

test('a report that is not accepted is answered at once, without waiting for tasks', async t => {
  const { app, clock } = build(t)
  await submit(app, '1*2')
  const first = await claim(app)
  await post(app, result(first, 2))
  const { timers } = clock
  for (const payload of [
    result(first, 2), { id: 99, result: 1 }, { results: [{ id: 99, result: 1 }] }, { results: ['nonsense'] }
  ]) {
    t.match(await post(app, payload, '?next=1&wait=60'), { status: 200, body: { task: null } })
  }
  t.equal(clock.timers, timers, 'nobody waits')
})

test('while draining, reports are taken and nothing comes with the answer', async t => {
  const { app, orchestrator } = build(t)
  await submit(app, '1*2+3*4')
  const first = await claim(app)
  const parked = app.inject(`${URL}?wait=60&max=4&operations=-`)
  orchestrator.drain()
  t.equal((await parked).statusCode, 404)
  t.strictSame(await post(app, result(first, 2), '?next=1&wait=60&max=4'), {
    status: 200, body: { accepted: true, task: null, tasks: [] }
  })
})

test('draining answers agents that reported and wait', async t => {
  const { app, orchestrator } = build(t)
  await submit(app, '1*2')
  const waiting = post(app, result(await claim(app), 2), '?next=1&wait=60')
  while ((await orchestrator.agents()).agents[0]?.waiting !== 1) await new Promise(resolve => setImmediate(resolve))
  orchestrator.drain()
  t.strictSame(await waiting, { status: 200, body: { accepted: true, task: null } })
})

test('of two agents with one task the first result counts, also after the end of its lease', async t => {
  const { app, clock } = build(t)
  await submit(app, '1*2')
  const first = await claim(app)
  clock.advance(20_000)
  const second = (await app.inject(`${URL}?wait=1`)).json<Batch>().task!
  t.match(second, { id: 1, attempt: 2 })
  t.match(await post(app, result(first, 2)), { status: 200, body: { accepted: true } })
  t.match(await post(app, result(second, 3)), { status: 200, body: { accepted: false } })
  t.match((await app.inject('/api/v1/expressions/1')).json(), { expression: { result: 2 } })
})

test('ids are strings where the settings say so, and come back as either', async t => {
  const { app } = build(t, { settings: { TASK_ID_FORMAT: 'string' } })
  await submit(app, '1*2+3*4')
  const { task, tasks = [] } = (await app.inject(`${URL}?max=2`)).json<Batch>()
  t.match(task, { id: '1', expression_id: '1', arg1: 1 })
  t.match(tasks, [{ id: '1' }, { id: '2' }])
  t.match(await post(app, { results: [{ id: '1', result: 2 }, { id: 2, result: 12 }, { id: 0 }] }, '?next=1'), {
    status: 200,
    body: { results: [{ id: '1', accepted: true }, { id: '2', accepted: true }, { id: null }], task: { id: '3' } }
  })
  const heartbeat = await app.inject({
    method: 'POST', url: '/internal/heartbeat', payload: { tasks: [{ id: '3', lease: 'no' }, { id: '1', lease: 'no' }] }
  })
  t.strictSame(heartbeat.json(), { lost: ['3'], cancelled: ['1'], state: 'run' })
})
