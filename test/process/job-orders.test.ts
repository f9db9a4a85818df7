import { type Test, test } from 'tap'
import { type LaunchedServer, call, launch, launchServer } from './launch.js'
import { poll, underWay } from './wait.js'

interface Job {
  readonly jobId: number
  readonly status: string
  readonly LastUpdated: string
  readonly CompletedOn: string | null
  readonly result: number | null
}

const RFC_3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/

const SETTINGS = { COMPUTING_POWER: 2, TIME_ADDITION_MS: 400, TASK_LEASE_MS: 200 }

async function order ({ url }: LaunchedServer, numbers: string, method = 'POST'): Promise<number> {
  return ((await call(method, `${url}/api/v1/add/${numbers}`)).body as { jobId: number }).jobId
}

const ORDER = ['pending', 'wip', 'completed', 'retrieved']

/** Polls a job until its status is this one, or nothing changes any more. */
function reaches ({ url }: LaunchedServer, id: number, status: string) {
  return poll<Job>(`${url}/api/v1/job/${id}`, job => [status, 'retrieved', 'failed'].includes(job.status))
}

/** Every status that a client sees until the job is retrieved, and the answer that said completed. */
async function watch ({ url }: LaunchedServer, id: number): Promise<{ seen: string[], done: Job | undefined }> {
  const seen = new Set<string>()
  let done: Job | undefined
  await poll<Job>(`${url}/api/v1/job/${id}`, job => {
    seen.add(job.status)
    if (job.status === 'completed') done = job
    return job.status === 'retrieved'
  })
  return { seen: [...seen], done }
}

/** Everything that the service's document says, and nothing else. */
async function keepsContract (t: Test, server: LaunchedServer): Promise<void> {
  const { url } = server
  for (const method of ['GET', 'POST']) {
    const { status, body } = await call(method, `${url}/api/v1/add/2/-0.5`)
    t.equal(status, 202, method)
    const { jobId } = body as Job
    t.match(body, { jobId: Number, status: 'pending', LastUpdated: RFC_3339, CompletedOn: null, result: null })
    const { seen, done } = await watch(server, jobId)
    t.same(seen, ORDER.filter(status => seen.includes(status)), 'one after the other')
    t.ok(seen.includes('completed'), `${seen}`)
    t.match(done, { jobId, status: 'completed', LastUpdated: RFC_3339, CompletedOn: RFC_3339, result: 1.5 })
    t.same(Object.keys(done!), ['jobId', 'status', 'LastUpdated', 'CompletedOn', 'result'])
    t.same((await reaches(server, jobId, 'retrieved')).body, { ...done, status: 'retrieved' }, 'it keeps its result')
  }
  const huge = await order(server, '1e308/1e308')
  t.match((await reaches(server, huge, 'failed')).body, { CompletedOn: RFC_3339, result: null })
  t.match((await call('GET', `${url}/api/v1/job/${huge}`)).body, { status: 'failed' })

  const refused: ReadonlyArray<readonly [number, string, string, unknown?]> = [
    [400, 'POST', '/api/v1/add/one/2'],
    [400, 'GET', '/api/v1/add/1/two'],
    [404, 'GET', '/api/v1/job/999999'],
    [404, 'GET', '/api/v1/job/one'],
    [404, 'POST', '/api/v1/add/1'],
    [405, 'PUT', '/api/v1/add/1/2'],
    [405, 'POST', '/api/v1/job/1'],
    [413, 'POST', '/api/v1/add/1/2', '1'.repeat(3_000_000)]
  ]
  for (const [expected, method, path, sent] of refused) {
    const { status, body } = await call(method, url + path, sent)
    t.equal(status, expected, `${method} ${path}`)
    t.match(body, { message: /./ })
    t.same(Object.keys(body as object), ['message'])
  }
  const form = await fetch(`${url}/api/v1/add/1/2`, { method: 'POST', body: new URLSearchParams({ a: 'b' }) })
  t.same([form.status, Object.keys(await form.json() as object)], [415, ['message']])
}

test('job orders keep their contract before and after the server is killed in mid-work', async t => {
  t.testdir({})
  const first = await launchServer(t, SETTINGS)
  await keepsContract(t, first)
  const [fetched, unfetched, begun] = [await order(first, '1/2'), await order(first, '3/4'), await order(first, '5/6')]
  const { body: done } = await reaches(first, fetched, 'retrieved')
  // As the list tells, so that nobody fetches it.
  await poll<{ expression: { status: string } }>(`${first.url}/api/v1/expressions/${unfetched}`,
    ({ expression }) => expression.status === 'completed')
  await underWay(first, begun)
  await first.stop('SIGKILL')

  const second = await launchServer(t, SETTINGS)
  t.same((await call('GET', `${second.url}/api/v1/job/${fetched}`)).body, { ...done, status: 'retrieved' })
  t.match((await call('GET', `${second.url}/api/v1/job/${unfetched}`)).body, { status: 'completed', result: 7 })
  t.match((await reaches(second, begun, 'completed')).body, { result: 11 })
  await keepsContract(t, second)
})

test('a job that was not updated within its lease is started again', async t => {
  t.testdir({})
  const server = await launchServer(t, { TIME_ADDITION_MS: 300, TASK_LEASE_MS: 100 })
  const id = await order(server, '20/22')
  // An agent that is never heard of again.
  t.equal((await call('GET', `${server.url}/internal/task`)).status, 200)
  const { body: before } = await reaches(server, id, 'wip')
  t.match(before, { status: 'wip', CompletedOn: null, result: null })
  launch(t, ['agent', '--orchestrator', server.url, '--power', '1'])
  const { body: after } = await reaches(server, id, 'completed')
  t.equal(after.result, 42)
  t.ok(after.LastUpdated > before.LastUpdated)
})

test('heartbeats move the last update of a job that is worked on', async t => {
  t.testdir({})
  // Its agent speaks every third of the lease.
  const server = await launchServer(t, { COMPUTING_POWER: 1, TIME_ADDITION_MS: 1_500, TASK_LEASE_MS: 10 })
  const id = await order(server, '1/2')
  const { body: begun } = await reaches(server, id, 'wip')
  const { body: later } = await poll<Job>(`${server.url}/api/v1/job/${id}`,
    ({ status, LastUpdated }) => status !== 'wip' || LastUpdated !== begun.LastUpdated)
  t.equal(later.status, 'wip')
  t.ok(later.LastUpdated > begun.LastUpdated)
})
