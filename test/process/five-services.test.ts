import { test } from 'tap'
import { OPERATIONS } from '../../src/core/operations.js'
import { type LaunchedServer, call, launch, launchServer } from './launch.js'
import { poll } from './wait.js'

interface TaskShown {
  readonly id: number
  readonly arg1: number
  readonly arg2: number
  readonly operation: string
  readonly expression_id: number
}

const EVERYTHING = [...OPERATIONS.keys()].map(encodeURIComponent).join(',')

/** No operation takes time, so that the order alone decides. */
const TIMES = {
  TIME_ADDITION_MS: 0, TIME_SUBTRACTION_MS: 0, TIME_MULTIPLICATIONS_MS: 0, TIME_EXPONENTIATION_MS: 0, TIME_TASK_MS: 0
}

/** A thousand operations that can all begin at once, but for the sum of them. */
const LARGE = Array.from({ length: 1_000 }, (_, index) => `(${index}.5*2)`).join('-')
const LARGE_RESULT = Array.from({ length: 1_000 }, (_, index) => index * 2 + 1)
  .reduce((difference, value) => difference - value)

async function post (server: LaunchedServer, path: string, body?: object): Promise<Readonly<Record<string, number>>> {
  const answer = await call('POST', server.url + path, body)
  if (answer.status >= 300) throw new Error(`${path}: ${answer.status} ${JSON.stringify(answer.body)}`)
  return answer.body as Readonly<Record<string, number>>
}

/** Claims one task for the agent of the test, which can do all operations. */
async function take ({ url }: LaunchedServer): Promise<TaskShown> {
  const { body } = await call('GET', `${url}/internal/task?operations=${EVERYTHING}&agent=test`)
  return (body as { task: TaskShown }).task
}

async function report ({ url }: LaunchedServer, { id, operation, arg1, arg2 }: TaskShown): Promise<void> {
  await call('POST', `${url}/internal/task`, { id, result: OPERATIONS.get(operation)!.compute(arg1, arg2) })
}

test('one queue serves all services in turns, and the same agents do all of their work', async t => {
  t.testdir({})
  const server = await launchServer(t, TIMES)
  const { url } = server
  // The large ones come first, so that without turns the small ones would wait for thousands of operations.
  const orchestrated = (await post(server, '/api/v1/calculate', { expression: LARGE }))['id']!
  const durable = (await post(server, '/api/v1/calculate', { expression: `${LARGE}-1` }))['id']!
  const calculation = (await post(server, '/api/expression', { expression: `${LARGE}-x`, variables: { x: 2 } }))
  const job = (await post(server, '/api/v1/add/20/22'))['jobId']!
  const named = (await post(server, '/create-task', { name: 'Report' }))['id']!
  const all = [orchestrated, durable, calculation['expression_id']!, job, named]

  const first: TaskShown[] = []
  while (first.length < 5) first.push(await take(server))
  t.same(first.map(task => task.expression_id), all, 'each has its turn before any has a second one')
  t.same(first.map(({ operation }) => operation), ['*', '*', '*', '+', 'task'])

  const lateJob = (await post(server, '/api/v1/add/1/2'))['jobId']!
  const lateTask = (await post(server, '/create-task', { name: 'Late' }))['id']!
  const second: TaskShown[] = []
  while (second.length < 5) second.push(await take(server))
  const large = all.slice(0, 3)
  t.same(second.map(task => task.expression_id), [...large, lateJob, lateTask], 'later ones wait for one round')
  for (const task of [...first, ...second]) await report(server, task)
  t.match((await call('GET', `${url}/api/v1/job/${job}`)).body, { status: 'completed', result: 42 })
  t.match((await call('GET', `${url}/poll-task/${named}`)).body, { status: 'completed' })
  const { body: shown } = await call('GET', `${url}/api/v1/expressions/${orchestrated}`)
  t.match(shown, { expression: { status: 'in_progress' } })

  // Now agents of Longhand, while more comes.
  launch(t, ['agent', '--orchestrator', url, '--power', '2'], { AGENT_NAME: 'ours' })
  const jobs = await Promise.all(Array.from({ length: 20 }, (_, index) => post(server, `/api/v1/add/${index}/1`)))
  const tasks = await Promise.all(jobs.map((_, index) => post(server, '/create-task', { name: `${index}` })))
  for (const [index, { jobId }] of jobs.entries()) {
    const done = await poll<{ status: string }>(`${url}/api/v1/job/${jobId}`, ({ status }) => status === 'completed')
    t.match(done.body, { result: index + 1 })
  }
  for (const { id } of tasks) {
    const done = await poll<{ status: string }>(`${url}/poll-task/${id}`, ({ status }) => status === 'completed')
    t.equal(done.status, 200)
  }
  for (const [id, result] of [[orchestrated, LARGE_RESULT], [durable, LARGE_RESULT - 1]]) {
    const { body } = await call('GET', `${url}/api/v1/expressions/${id}?wait=60`)
    t.match(body, { expression: { status: 'completed', result } })
  }
  const known = await poll<{ result?: number }>(`${url}/api/result/${all[2]}`, ({ result }) => result !== undefined)
  t.same(known.body, { result: LARGE_RESULT - 2 })

  const { agents } = (await call('GET', `${url}/api/v1/agents`)).body as { agents: Array<{ name: string }> }
  const { expressions } = (await call('GET', `${url}/api/v1/expressions?kind=all`)).body as { expressions: unknown[] }
  t.same(agents.map(({ name }) => name).sort(), [null, 'ours', 'test'], 'no other agent has worked')
  t.equal(expressions.length, 47)
})
