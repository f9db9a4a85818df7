import { test } from 'tap'
import { call, launch, launchServer } from './launch.js'

/** Operations that take so long that whoever has one is killed while working on it. */
const AN_HOUR_MS = 3_600_000

test('a task whose agent is killed comes back after its lease', async t => {
  t.testdir({})
  const server = await launchServer(t, { TIME_ADDITION_MS: 1, TIME_MULTIPLICATIONS_MS: 300, TASK_LEASE_MS: 200 })
  const agentOf = (power: number): ReturnType<typeof launch> =>
    launch(t, ['agent', '--orchestrator', server.url, '--power', String(power)])

  const { body } = await call('POST', `${server.url}/api/v1/calculate`, { expression: '6*7' })
  const { id } = body as { id: number }
  const doomed = agentOf(1)
  await until(async () => (await status()) === 'in_progress')
  await doomed.stop('SIGKILL')
  t.equal(await status(), 'in_progress')

  agentOf(1)
  const { body: final } = await call('GET', `${server.url}/api/v1/expressions/${id}?wait=30`)
  t.match(final, { expression: { status: 'completed', result: 42 } })

  async function status (): Promise<string> {
    const { body } = await call('GET', `${server.url}/api/v1/expressions/${id}`)
    return (body as { expression: { status: string } }).expression.status
  }
})

test('a server that is killed has everything that it acknowledged, and its agents go on', async t => {
  t.testdir({})
  const variables = { TIME_ADDITION_MS: 5, TIME_MULTIPLICATIONS_MS: AN_HOUR_MS, TASK_LEASE_MS: 60_000 }
  const first = await launchServer(t, variables)
  const api = `${first.url}/api/v1`
  await call('POST', `${api}/calculate`, { expression: '1+2' })
  const agent = launch(t, ['agent', '--orchestrator', first.url, '--power', '2'])
  await call('GET', `${api}/expressions/1?wait=30`)
  await call('POST', `${api}/calculate`, { expression: '1/0' })
  await call('POST', `${api}/calculate`, { expression: '(3*4)+5' })
  const list = await call('GET', `${api}/expressions`)
  await until(async () => {
    const { body } = await call('GET', `${api}/expressions/3`)
    return (body as { expression: { status: string } }).expression.status === 'in_progress'
  })
  await agent.stop('SIGKILL')
  const waiting = await call('POST', `${api}/calculate`, { expression: '1+1' })
  t.match(waiting, { status: 201, body: { id: 4 } })
  await first.stop('SIGKILL')

  const port = new URL(first.url).port
  const second = await launchServer(t, { ...variables, PORT: port })
  const again = await call('GET', `${second.url}/api/v1/expressions`)
  const expressions = [
    { id: 1, status: 'completed', result: 3 }, { id: 2, status: 'failed' }, { id: 3 }, { id: 4, status: 'pending' }
  ]
  t.match(again.body, { expressions })
  t.match(list.body, { expressions: [{ id: 1, status: 'completed' }, { id: 2, status: 'failed' }, { id: 3 }] })

  // Whoever held task 3 across the restart posts its result as if nothing had happened.
  const settled = await call('POST', `${second.url}/internal/task`, { id: 3, result: 12 })
  t.same(settled, { status: 200, body: { accepted: true } })
  launch(t, ['agent', '--orchestrator', second.url, '--power', '2'])
  t.match((await call('GET', `${second.url}/api/v1/expressions/3?wait=30`)).body, { expression: { result: 17 } })
  t.match((await call('GET', `${second.url}/api/v1/expressions/4?wait=30`)).body, { expression: { result: 2 } })
})

test('the leases of a server\'s own agents end with the server, and those of agents elsewhere do not', async t => {
  t.testdir({})
  const variables = { TIME_ADDITION_MS: AN_HOUR_MS, TIME_MULTIPLICATIONS_MS: AN_HOUR_MS, TASK_LEASE_MS: 60_000 }
  const first = await launchServer(t, variables)
  await call('POST', `${first.url}/api/v1/calculate`, { expression: '6*7' })
  t.match(await call('GET', `${first.url}/internal/task?agent=elsewhere`), { body: { task: { id: 1, attempt: 1 } } })
  await first.stop()

  // The only work left is for the own agent.
  const second = await launchServer(t, { ...variables, COMPUTING_POWER: 1 })
  await call('POST', `${second.url}/api/v1/calculate`, { expression: '1+2' })
  await until(async () => {
    const { body } = await call('GET', `${second.url}/api/v1/expressions/2`)
    return (body as { expression: { status: string } }).expression.status === 'in_progress'
  })
  await second.stop('SIGKILL')

  const third = await launchServer(t, variables)
  const claimed = await call('GET', `${third.url}/internal/task?max=5`)
  t.match(claimed, { body: { tasks: [{ id: 2, attempt: 1 }] } })
  t.equal((claimed.body as { tasks: unknown[] }).tasks.length, 1, 'the other is still held elsewhere')
})

/** Asks again until it is so; the test's own time limit bounds it. */
async function until (isSo: () => Promise<boolean>): Promise<void> {
  while (!await isSo()) await new Promise(resolve => setImmediate(resolve))
}
