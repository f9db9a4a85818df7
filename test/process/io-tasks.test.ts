import { type Test, test } from 'tap'
import { type LaunchedServer, call, launch, launchServer } from './launch.js'
import { poll, underWay } from './wait.js'

interface TaskRecord {
  readonly id: number
  readonly name: string
  readonly status: string
  readonly created_at: string
  readonly completed_at: string | null
}

const RFC_3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/

const SETTINGS = { COMPUTING_POWER: 4, TIME_TASK_MS: 50, TASK_LEASE_MS: 200 }

async function create ({ url }: LaunchedServer, body: object): Promise<TaskRecord> {
  return (await call('POST', `${url}/create-task`, body)).body as TaskRecord
}

function completed ({ url }: LaunchedServer, id: number) {
  return poll<TaskRecord>(`${url}/poll-task/${id}`, ({ status }) => status !== 'pending')
}

/** Everything that the service's document says, and nothing else. */
async function keepsContract (t: Test, server: LaunchedServer): Promise<void> {
  const { url } = server
  for (const [name, more] of [['Send the report', {}], ['größer 🙂', { duration_ms: 120 }]] as const) {
    const { status, body } = await call('POST', `${url}/create-task`, { name, ...more })
    t.equal(status, 200)
    const record = body as TaskRecord
    t.match(record, { id: Number, name, status: 'pending', created_at: RFC_3339, completed_at: null })
    t.same(Object.keys(record), ['id', 'name', 'status', 'created_at', 'completed_at'])
    const { body: done } = await completed(server, record.id)
    t.match(done, { ...record, status: 'completed', completed_at: RFC_3339 })
    t.ok(done.completed_at! > done.created_at)
  }
  const endless = await create(server, { name: 'endless', duration_ms: 3_600_000 })
  t.same(await call('GET', `${url}/poll-task/${endless.id}`), { status: 200, body: endless })
  await underWay(server, endless.id)
  t.same(await call('GET', `${url}/poll-task/${endless.id}`), { status: 200, body: endless }, 'pending all the time')

  const refused: ReadonlyArray<readonly [number, string, string, unknown?]> = [
    [422, 'POST', '/create-task', {}],
    [422, 'POST', '/create-task', { name: 5 }],
    [422, 'POST', '/create-task', { name: 'x', duration_ms: -1 }],
    [404, 'GET', '/poll-task/999999'],
    [404, 'GET', '/poll-task/one'],
    [405, 'GET', '/create-task'],
    [405, 'POST', '/poll-task/1'],
    [413, 'POST', '/create-task', { name: '1'.repeat(3_000_000) }]
  ]
  for (const [expected, method, path, sent] of refused) {
    const { status, body } = await call(method, url + path, sent)
    t.equal(status, expected, `${method} ${path}`)
    t.match(body, { error: /./ })
    t.same(Object.keys(body as object), ['error'])
  }
  const form = await fetch(`${url}/create-task`, { method: 'POST', body: new URLSearchParams({ name: 'x' }) })
  t.same([form.status, Object.keys(await form.json() as object)], [415, ['error']])
}

test('tasks keep their contract before and after the server is killed in mid-work', async t => {
  t.testdir({})
  const first = await launchServer(t, SETTINGS)
  await keepsContract(t, first)
  const { id: done } = await create(first, { name: 'done' })
  const { body: record } = await completed(first, done)
  const begun = await create(first, { name: 'begun', duration_ms: 800 })
  await underWay(first, begun.id)
  await first.stop('SIGKILL')

  const second = await launchServer(t, SETTINGS)
  t.same((await call('GET', `${second.url}/poll-task/${done}`)).body, record)
  t.match((await completed(second, begun.id)).body, { ...begun, status: 'completed', completed_at: RFC_3339 })
  const took = (await call('GET', `${second.url}/api/v1/expressions/${begun.id}`)).body
  const { expression: { result } } = took as { expression: { result: number } }
  t.ok(Number.isInteger(result) && result >= 799, `it took ${result} ms`)
  await keepsContract(t, second)
})

test('a task whose agent is killed is done by another', async t => {
  t.testdir({})
  const server = await launchServer(t, { TASK_LEASE_MS: 100 })
  const startAgent = () => launch(t, ['agent', '--orchestrator', server.url, '--power', '1'])
  const doomed = startAgent()
  const { id } = await create(server, { name: 'Report', duration_ms: 300 })
  await underWay(server, id)
  await doomed.stop('SIGKILL')
  startAgent()
  t.match((await completed(server, id)).body, { status: 'completed' })
})
