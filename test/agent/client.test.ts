import { type Test, test } from 'tap'
import { type AgentClient, createClient, taskEndpoint } from '../../src/agent/client.js'
import type { AgentTask } from '../../src/agent/task.js'
import {
  type Script, type ScriptedOrchestrator, NO_TASK, PARKED, scriptOrchestrator, taskAnswer
} from './scripted-orchestrator.js'

const REQUEST = { waitSeconds: 3, agent: 'a b/ö', operations: ['+', '-', '*', '/', 'sin'] }
const TASK: AgentTask = { id: '1234567890123456789', lease: '"L-1"', operation: '*', left: 6, right: 7, timeMs: 0 }
const { signal: NEVER } = new AbortController()

async function connect (
  t: Test, poll: Script, report?: Script
): Promise<{ client: AgentClient, orchestrator: ScriptedOrchestrator }> {
  const orchestrator = await scriptOrchestrator(poll, report)
  const client = createClient({ url: orchestrator.url, token: 'secret', loops: 2 })
  t.teardown(async () => {
    await orchestrator.close()
    await client.close()
  })
  return { client, orchestrator }
}

test('a claim says how long it waits, who asks and what it can do, and brings the token', async t => {
  const { client, orchestrator } = await connect(t, () => taskAnswer({ id: 7, operation: '*', arg1: 6, arg2: 7 }))
  t.match(await client.claim(REQUEST, NEVER), { id: '7', operation: '*', left: 6, right: 7 })

  const [call] = await orchestrator.polled(1)
  t.equal(call?.path, '/internal/task')
  t.strictSame(Object.fromEntries(call?.query ?? []), { wait: '3', agent: 'a b/ö', operations: '+,-,*,/,sin' })
  t.equal(call?.headers.authorization, 'Bearer secret')
})

test('404, 204 and an empty 200 mean that there is no task', async t => {
  const answers = [
    NO_TASK, { status: 404, body: 'no task' }, { status: 404, body: '{"a":1}' }, { status: 204 }, { status: 200 }
  ]
  const { client } = await connect(t, (_call, count) => answers[count - 1] ?? { status: 500 })
  for (const answer of answers) t.equal(await client.claim(REQUEST, NEVER), null, JSON.stringify(answer))
})

test('a claim that fails is rejected and says what was answered', async t => {
  const { client } = await connect(t, (_call, count) => count === 1
    ? { status: 401, body: 'a token is needed' }
    : { status: 200, body: '<html>' })
  await t.rejects(client.claim(REQUEST, NEVER), /401: a token is needed/)
  await t.rejects(client.claim(REQUEST, NEVER), SyntaxError)
})

test('a report echoes id and lease exactly', async t => {
  const { client, orchestrator } = await connect(t, () => NO_TASK)
  t.strictSame(await client.report(TASK, { result: 42 }, NEVER), { taken: true })

  const [call] = await orchestrator.reported(1)
  t.equal(call?.method, 'POST')
  t.equal(call?.path, '/internal/task')
  t.equal(call?.body, '{"id":1234567890123456789,"lease":"L-1","result":42}')
  t.match(call?.headers, { authorization: 'Bearer secret', 'content-type': 'application/json' })
})

test('a report is refused for good by 4xx, except those that mean later', async t => {
  const statuses = [400, 401, 404, 409, 422]
  const later = [408, 425, 429, 500, 502, 503, 301]
  const { client } = await connect(t, () => NO_TASK, (_call, count) => ({
    status: [...statuses, ...later][count - 1] ?? 200, body: 'because'
  }))
  for (const status of statuses) {
    t.strictSame(await client.report(TASK, { result: 42 }, NEVER), {
      taken: false, reason: `The orchestrator answered ${status}: because`
    })
  }
  for (const status of later) await t.rejects(client.report(TASK, { result: 42 }, NEVER), new RegExp(`${status}`))
})

test('a parked poll blocks nobody else', async t => {
  const { client } = await connect(t, (_call, count) => count === 1 ? PARKED : NO_TASK)
  const controller = new AbortController()
  const parked = client.claim(REQUEST, controller.signal)
  t.equal(await client.claim(REQUEST, NEVER), null)
  t.strictSame(await client.report(TASK, { result: 42 }, NEVER), { taken: true })
  controller.abort()
  await t.rejects(parked, { name: 'AbortError' })
})

test('an aborted poll closes its connection, so that the orchestrator knows', async t => {
  const { client, orchestrator } = await connect(t, () => PARKED)
  const controller = new AbortController()
  const parked = client.claim(REQUEST, controller.signal)
  const [call] = await orchestrator.polled(1)
  controller.abort()
  await t.rejects(parked, { name: 'AbortError' })
  await call?.gone
  t.pass('the orchestrator saw it')
})

test('connections are kept: a client opens no more than it has loops', async t => {
  const { client, orchestrator } = await connect(t, () => NO_TASK)
  for (let calls = 0; calls < 20; calls++) await client.claim(REQUEST, NEVER)
  const ports = new Set(orchestrator.polls.map(({ remotePort }) => remotePort))
  t.ok(ports.size <= 2, `${ports.size} connections of a client for two loops`)
})

test('an unreachable orchestrator is an error, and the next call may succeed', async t => {
  const first = await scriptOrchestrator(() => NO_TASK)
  await first.close()
  const client = createClient({ url: first.url, loops: 1 })
  await t.rejects(client.claim(REQUEST, NEVER), /ECONNREFUSED/)
  const second = await scriptOrchestrator(() => NO_TASK, undefined, first.port)
  t.equal(await client.claim(REQUEST, NEVER), null)
  await second.close()
  await client.close()
})

test('a path of the URL is kept, and only http and https are spoken', async t => {
  t.strictSame(taskEndpoint('http://h:1'), { origin: 'http://h:1', path: '/internal/task' })
  t.strictSame(taskEndpoint('https://h/base/'), { origin: 'https://h', path: '/base/internal/task' })
  for (const url of ['', 'h:1', 'ftp://h', 'localhost:8080']) t.throws(() => taskEndpoint(url), TypeError, url)
})
