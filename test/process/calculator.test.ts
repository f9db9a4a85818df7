import { type Test, test } from 'tap'
import { type LaunchedServer, call, launch, launchServer } from './launch.js'
import { poll, underWay, until } from './wait.js'

interface Calculation {
  readonly result?: number
  readonly msg?: string
}

interface AgentShown {
  readonly name: string
  readonly waiting: number
  readonly completed: number
  readonly tasks: readonly unknown[]
}

/** Its agents are quick enough to be waited for and slow enough to be killed in the middle. */
const SETTINGS = {
  COMPUTING_POWER: 4,
  TIME_ADDITION_MS: 20,
  TIME_SUBTRACTION_MS: 20,
  TIME_MULTIPLICATIONS_MS: 20,
  TIME_DIVISIONS_MS: 3_600_000,
  TIME_EXPONENTIATION_MS: 400,
  TASK_LEASE_MS: 200
}

const DOCUMENTED = { x: 10, y: 1, t: 11 }

async function submit ({ url }: LaunchedServer, expression: string, variables?: object): Promise<number> {
  const { status, body } = await call('POST', `${url}/api/expression`, { expression, ...variables && { variables } })
  if (status !== 200) throw new Error(`${status} ${JSON.stringify(body)}`)
  return (body as { expression_id: number }).expression_id
}

/** Reads a result as the document says: a message while there is none. */
function finished ({ url }: LaunchedServer, id: number) {
  return poll<Calculation>(`${url}/api/result/${id}`, ({ msg }) => msg !== 'The calculation is not finished yet')
}

/** Everything that the service's document says, and nothing else. */
async function keepsContract (t: Test, server: LaunchedServer): Promise<void> {
  const created = await call('POST', `${server.url}/api/expression`, { expression: 'x*t**y', variables: DOCUMENTED })
  const { expression_id: id } = created.body as { expression_id: number }
  t.same(created, { status: 200, body: { expression_id: id } })
  t.ok(Number.isInteger(id) && id > 0)
  const endless = await submit(server, 'x/4', { x: 8 })
  t.same(await call('GET', `${server.url}/api/result/${endless}`),
    { status: 200, body: { msg: 'The calculation is not finished yet' } })
  t.same(await finished(server, id), { status: 200, body: { result: 110 } })
  t.same((await finished(server, await submit(server, '2*3+1'))).body, { result: 7 }, 'without variables')
  t.same((await finished(server, await submit(server, '3-3'))).body, { result: 0 })

  for (const expression of ['1/0', '1/(x-x)']) {
    const divided = await finished(server, await submit(server, expression, { x: 2 }))
    t.same(divided, { status: 200, body: { msg: 'Division by zero: 1 / 0 (at position 1)' } }, expression)
  }
  t.match((await finished(server, await submit(server, '1e308*10'))).body, { msg: /too large/ })

  const refused: ReadonlyArray<readonly [number, string, string, unknown?]> = [
    [400, 'POST', '/api/expression', { expression: 'x+*t**y', variables: DOCUMENTED }],
    [400, 'POST', '/api/expression', { expression: 'x*z', variables: DOCUMENTED }],
    [400, 'POST', '/api/expression', { expression: 5 }],
    [400, 'POST', '/api/expression', {}],
    [404, 'GET', '/api/result/999999'],
    [404, 'GET', '/api/result/one'],
    [405, 'GET', '/api/expression'],
    [405, 'DELETE', '/api/result/1'],
    [413, 'POST', '/api/expression', { expression: '1'.repeat(3_000_000) }]
  ]
  for (const [expected, method, path, sent] of refused) {
    const { status, body } = await call(method, server.url + path, sent)
    t.equal(status, expected, `${method} ${path}`)
    t.match(body, { msg: /./ })
    t.same(Object.keys(body as object), ['msg'])
  }
  const form = await fetch(`${server.url}/api/expression`, { method: 'POST', body: new URLSearchParams({ a: 'b' }) })
  t.same([form.status, Object.keys(await form.json() as object)], [415, ['msg']])
}

test('the calculator keeps its contract before and after it is killed in mid-work', async t => {
  t.testdir({})
  const first = await launchServer(t, SETTINGS)
  await keepsContract(t, first)
  const [done, failed] = [await submit(first, '2*3'), await submit(first, '1/(1-1)')]
  for (const id of [done, failed]) await finished(first, id)
  const begun = await submit(first, '2**3**2*x', { x: 2 })
  await underWay(first, begun)
  await first.stop('SIGKILL')

  const second = await launchServer(t, SETTINGS)
  t.same((await call('GET', `${second.url}/api/result/${done}`)).body, { result: 6 })
  t.same((await call('GET', `${second.url}/api/result/${failed}`)).body,
    { msg: 'Division by zero: 1 / 0 (at position 1)' })
  t.same(await finished(second, begun), { status: 200, body: { result: 1024 } })
  await keepsContract(t, second)
})

test('CALCULATION_TIMEOUT ends a calculation with a message', async t => {
  t.testdir({})
  const server = await launchServer(t, { ...SETTINGS, TIME_EXPONENTIATION_MS: 3_600_000, CALCULATION_TIMEOUT: 0.2 })
  const id = await submit(server, '2**3')
  t.same((await finished(server, id)).body, { msg: 'The calculation took longer than its limit of 0.2 s' })
  t.same((await finished(server, await submit(server, '2*3'))).body, { result: 6 }, 'its agent is free again')
})

async function agentsOf ({ url }: LaunchedServer): Promise<readonly AgentShown[]> {
  return ((await call('GET', `${url}/api/v1/agents`)).body as { agents: readonly AgentShown[] }).agents
}

/** An agent process, once the server has heard of it. */
async function startAgent (
  t: Test, server: LaunchedServer, name: string, variables: Readonly<Record<string, string | number>>
): Promise<void> {
  launch(t, ['agent', '--orchestrator', server.url], { AGENT_NAME: name, ...variables })
  await until(() => agentsOf(server), agents => agents.some(agent => agent.name === name))
}

/** What the server knows of an agent, as soon as it is so. */
async function agentOf (
  server: LaunchedServer, name: string, isSo: (agent: AgentShown) => boolean = () => true
): Promise<AgentShown> {
  const find = (agents: readonly AgentShown[]): AgentShown | undefined =>
    agents.find(agent => agent.name === name && isSo(agent))
  return find(await until(() => agentsOf(server), agents => find(agents) !== undefined))!
}

test('TASK_NUM is how many tasks each process claims; without it, one that takes long', async t => {
  t.testdir({})
  const server = await launchServer(t, { TIME_EXPONENTIATION_MS: 3_600_000 })
  await submit(server, '2**3 + 3**4 + 4**5 + 5**6 + 6**7')
  await startAgent(t, server, 'three', { NUM_PROCESSES: 1, TASK_NUM: 3 })
  t.equal((await agentOf(server, 'three', ({ tasks }) => tasks.length > 0)).tasks.length, 3)
  await startAgent(t, server, 'adaptive', { NUM_PROCESSES: 1 })
  t.equal((await agentOf(server, 'adaptive', ({ tasks }) => tasks.length > 0)).tasks.length, 1)
})

test('NUM_PROCESSES is how many compute at once', async t => {
  t.testdir({})
  const server = await launchServer(t, { COMPUTING_POWER: '', NUM_PROCESSES: 3, AGENT_NAME: 'local' })
  t.ok(await agentOf(server, 'local', ({ waiting }) => waiting === 3))
})

test('QUEUE_WAIT_TIME makes an agent ask at that interval; without it, it waits for work', async t => {
  t.testdir({})
  const server = await launchServer(t, { TIME_MULTIPLICATIONS_MS: 0 })
  await startAgent(t, server, 'daily', { NUM_PROCESSES: 1, QUEUE_WAIT_TIME: 86_400 })
  await startAgent(t, server, 'patient', { NUM_PROCESSES: 1 })
  await agentOf(server, 'patient', ({ waiting }) => waiting === 1)
  t.equal((await agentOf(server, 'daily')).waiting, 0)
  t.same((await finished(server, await submit(server, '2*3*4*5'))).body, { result: 120 })
  t.ok(await agentOf(server, 'patient', ({ completed }) => completed === 3))
  t.equal((await agentOf(server, 'daily')).completed, 0)

  const other = await launchServer(t, { TIME_MULTIPLICATIONS_MS: 0, DATA_FILE: 'other.json' })
  await startAgent(t, other, 'eager', { NUM_PROCESSES: 1, QUEUE_WAIT_TIME: 0.01 })
  t.same((await finished(other, await submit(other, '2*3*4*5'))).body, { result: 120 }, 'by polling alone')
})

test('NUM_PROCESSES and COMPUTING_POWER that contradict each other refuse the start', async t => {
  t.testdir({})
  const refused = launch(t, [], { NUM_PROCESSES: 2, COMPUTING_POWER: 3 })
  const [line] = await refused.printed(/NUM_PROCESSES.*\n/)
  t.match(line, /NUM_PROCESSES is "2" and COMPUTING_POWER is "3"; they are the same setting/)
  await t.rejects(refused.printed(/Longhand is ready/), /It ended with [1-9]/)
})
