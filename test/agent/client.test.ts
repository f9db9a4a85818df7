import { type Test, test } from 'tap'
import { type AgentClient, createClient } from '../../src/agent/client.js'
import type { ClaimRequest } from '../../src/agent/protocol/claim.js'
import { endpointOf } from '../../src/agent/protocol/endpoint.js'
import {
  type Script, type ScriptedOrchestrator, NO_TASK, WAITING, scriptOrchestrator, taskAnswer
} from './scripted-orchestrator.js'
import { leasedTask, plainTask } from './tasks.js'

const REQUEST: ClaimRequest = {
  waitSeconds: 3, agent: 'a b/ö', instance: 'i&1', operations: ['+', '-', '*', '/', 'sin'], max: 8, maxMs: 10
}
const REPORT = { task: plainTask({ id: '1234567890123456789', lease: '"L-1"' }), outcome: { result: 42 } }
const { signal: NEVER } = new AbortController()

async function connect (
  t: Test, claim: Script, report?: Script, heartbeat?: Script
): Promise<{ client: AgentClient, orchestrator: ScriptedOrchestrator }> {
  const orchestrator = await scriptOrchestrator(claim, report, 0, heartbeat)
  const client = createClient({ url: orchestrator.url, token: 'secret', loops: 2, request: REQUEST })
  t.teardown(async () => {
    await orchestrator.close()
    await client.close()
  })
  return { client, orchestrator }
}

test('a claim sends the wait, the agent, its operations and the token', async t => {
  const { client, orchestrator } = await connect(t, () => taskAnswer({ id: 7, operation: '*', arg1: 6, arg2: 7 }))
  t.match(await client.claim(NEVER), { tasks: [{ id: '7', operation: '*', left: 6, right: 7 }], extended: false })

  const [call] = await orchestrator.claimed(1)
  t.equal(call?.path, '/internal/task')
  t.strictSame(Object.fromEntries(call?.query ?? []), {
    wait: '3', agent: 'a b/ö', instance: 'i&1', operations: '+,-,*,/,sin', max: '8', max_ms: '10'
  })
  t.equal(call?.headers.authorization, 'Bearer secret')
})

test('404, 204 and an empty 200 mean no task', async t => {
  const answers = [
    NO_TASK, { status: 404, body: 'no task' }, { status: 404, body: '{"a":1}' }, { status: 204 }, { status: 200 }
  ]
  // The first claim is repeated without parameters.
  const { client } = await connect(t, (_call, count) => [NO_TASK, ...answers][count - 1] ?? { status: 500 })
  for (const answer of answers) t.equal(await client.claim(NEVER), null, JSON.stringify(answer))
})

test('a claim that fails is rejected with the answer', async t => {
  const { client } = await connect(t, (_call, count) => count === 1
    ? { status: 401, body: 'a token is needed' }
    : { status: 200, body: '<html>' })
  await t.rejects(client.claim(NEVER), /401: a token is needed/)
  await t.rejects(client.claim(NEVER), /answers 200 with an HTML page: this server is not an orchestrator/)
})

test('a report repeats id and lease exactly', async t => {
  const { client, orchestrator } = await connect(t, () => NO_TASK)
  t.strictSame(await client.report(REPORT, NEVER), { taken: true })

  const [call] = await orchestrator.reported(1)
  t.equal(call?.method, 'POST')
  t.equal(call?.path, '/internal/task')
  t.equal(call?.body, '{"id":1234567890123456789,"lease":"L-1","result":42}')
  t.match(call?.headers, { authorization: 'Bearer secret', 'content-type': 'application/json' })
})

test('without leases a 4xx refuses a report for good, except those of access and timing', async t => {
  const statuses = [400, 404, 409, 410, 422]
  const later = [401, 403, 407, 408, 421, 425, 429, 500, 502, 503, 301]
  const { client } = await connect(t, () => NO_TASK, (_call, count) => ({
    status: [...statuses, ...later][count - 1] ?? 200, body: 'because'
  }))
  const report = { task: plainTask(), outcome: { result: 42 } }
  for (const status of statuses) {
    t.strictSame(await client.report(report, NEVER), {
      taken: false, reason: `The orchestrator answered ${status}: because`
    })
  }
  for (const status of later) await t.rejects(client.report(report, NEVER), new RegExp(`${status}`))
})

test('a report is tried in all forms before it is refused, and the form that was taken comes first', async t => {
  const wrapped = '{"id":1,"arg1":6,"arg2":7,"operation":"*"}'
  const report = { task: plainTask({ wrapped }), outcome: { result: 42 } }
  const forms = ({ body }: { body: string }): string => 'task' in JSON.parse(body) ? 'whole' : 'plain'
  let answer = (_form: string): number => 200
  const { client, orchestrator } = await connect(t, () => NO_TASK, call => ({ status: answer(forms(call)) }))
  const reported = async (): Promise<[unknown, string[]]> => {
    const before = orchestrator.reports.length
    const verdict = await client.report(report, NEVER).catch(error => error.message)
    return [verdict, orchestrator.reports.slice(before).map(forms)]
  }
  t.strictSame(await reported(), [{ taken: true }, ['plain']])
  answer = form => form === 'whole' ? 200 : 404
  t.strictSame(await reported(), [{ taken: true }, ['plain', 'whole']])
  t.strictSame(await reported(), [{ taken: true }, ['whole']])
  answer = form => form === 'whole' ? 404 : 422
  t.strictSame(await reported(), [{ taken: false, reason: 'The orchestrator answered 404' }, ['whole', 'plain']])
  answer = () => 409
  t.strictSame(await reported(), [{ taken: false, reason: 'The orchestrator answered 409' }, ['whole']])
  answer = form => form === 'whole' ? 500 : 404
  t.strictSame(await reported(), ['The orchestrator answered 500', ['whole', 'plain']], 'it may pass')
  answer = () => 503
  t.strictSame(await reported(), ['The orchestrator answered 503', ['whole']])
  answer = form => form === 'whole' ? 500 : 200
  t.strictSame(await reported(), [{ taken: true }, ['whole', 'plain']])
})

test('only its orchestrator refuses a report with a lease for good', async t => {
  const final = [
    { status: 404, body: '{"code":"task_unknown","status":404}' }, { status: 409 }, { status: 413 }, { status: 415 },
    { status: 422 }
  ]
  const onTheWay = [
    { status: 404, body: '<html>default backend - 404</html>' }, { status: 404, body: '{"code":"route_unknown"}' },
    { status: 404, body: '"task_unknown"' }, { status: 400 }, { status: 405 }, { status: 401 }, { status: 403 },
    { status: 421 }
  ]
  const { client } = await connect(t, () => NO_TASK, (_call, count) =>
    [...final, ...onTheWay][count - 1] ?? { status: 200 })
  for (const answer of final) t.match(await client.report(REPORT, NEVER), { taken: false }, JSON.stringify(answer))
  for (const answer of onTheWay) await t.rejects(client.report(REPORT, NEVER), Error, JSON.stringify(answer))
})

test('an orchestrator that refuses the query gets claims without one from then on', async t => {
  const { client, orchestrator } = await connect(t, ({ query }) => query.size > 0
    ? { status: 400, body: 'what is wait?' }
    : taskAnswer({ id: 7, operation: '*', arg1: 6, arg2: 7 }))
  await t.rejects(client.claim(NEVER), /400/)
  t.match(await client.claim(NEVER), { tasks: [{ id: '7' }] })
  t.match(await client.claim(NEVER), { tasks: [{ id: '7' }] })
  t.strictSame(orchestrator.claims.map(({ query }) => query.size > 0), [true, false, false])
})

test('many reports go in one call, and the next batch comes with the answer', async t => {
  const results = [{ id: 1, accepted: true }, { id: 2, accepted: false, code: 'task_unknown', detail: 'gone' }]
  const task = { id: 3, arg1: 1, arg2: 2, operation: '+', operation_time: 0, lease: 'L3', lease_ms: 10_000 }
  const { client, orchestrator } = await connect(t, () => NO_TASK, ({ query }) => ({
    status: 200, body: JSON.stringify(query.get('next') === '1' ? { results, task, tasks: [task] } : { results })
  }))
  const reports = [1, 2].map(id => ({ task: leasedTask(id), outcome: { result: id } }))
  const verdicts = [{ taken: true }, { taken: false, reason: 'task_unknown: gone' }]
  t.match(await client.reportAndClaim(reports, NEVER), { verdicts, tasks: [{ id: '3', lease: '"L3"' }] })
  t.strictSame(await client.reportMany(reports, NEVER), verdicts)

  const [claiming, reporting] = await orchestrator.reported(2)
  t.strictSame(Object.fromEntries(claiming?.query ?? []), {
    next: '1', wait: '3', agent: 'a b/ö', instance: 'i&1', operations: '+,-,*,/,sin', max: '8', max_ms: '10'
  })
  t.strictSame(Object.fromEntries(reporting?.query ?? []), { agent: 'a b/ö', instance: 'i&1' })
  t.strictSame(JSON.parse(reporting?.body ?? ''), {
    results: [{ id: 1, lease: 'L1', result: 1 }, { id: 2, lease: 'L2', result: 2 }]
  })
})

test('many reports are refused for good together only because of their body', async t => {
  const final = [413, 415, 422]
  const onTheWay = [400, 401, 403, 404, 405, 409, 421, 503]
  const { client } = await connect(t, () => NO_TASK, (_call, count) => ({
    status: [...final, ...onTheWay][count - 1] ?? 200
  }))
  const reports = [1, 2].map(id => ({ task: leasedTask(id), outcome: { result: id } }))
  for (const status of final) {
    const refused = { taken: false, reason: `The orchestrator answered ${status}` }
    t.strictSame(await client.reportAndClaim(reports, NEVER), { verdicts: [refused, refused], tasks: [] })
  }
  for (const status of onTheWay) await t.rejects(client.reportAndClaim(reports, NEVER), new RegExp(`${status}`))
})

test('a heartbeat names the leases, and answers which tasks have ended', async t => {
  const answers = [
    { status: 200, body: '{"lost":[1],"cancelled":["2"],"state":"run"}' }, { status: 409 }, { status: 404 },
    { status: 200, body: '{}' }
  ]
  const { client, orchestrator } = await connect(t, () => NO_TASK, undefined, (_call, count) => answers[count - 1]!)
  const working = [leasedTask(1), plainTask({ id: '"2"', lease: '"L2"' })]
  const heartbeat = { working, checking: [leasedTask(4)], releasing: [leasedTask(3)], leaving: true }
  t.strictSame(await client.heartbeat(heartbeat, NEVER), new Set(['1', '"2"']))
  const staying = { ...heartbeat, leaving: false }
  t.strictSame(await client.heartbeat(staying, NEVER), new Set(['1', '"2"', '4']), 'no lease is current')
  await t.rejects(client.heartbeat(heartbeat, NEVER), /404/)
  await t.rejects(client.heartbeat(heartbeat, NEVER), /does not support heartbeats/)

  const [first, second] = await orchestrator.heartbeaten(2)
  t.equal(first?.path, '/internal/heartbeat')
  t.strictSame(JSON.parse(first?.body ?? ''), {
    agent: 'a b/ö',
    instance: 'i&1',
    tasks: [{ id: 1, lease: 'L1' }, { id: '2', lease: 'L2' }],
    release: [{ id: 3, lease: 'L3' }],
    check: [{ id: 4, lease: 'L4' }],
    leaving: true
  })
  t.notHas(JSON.parse(second?.body ?? ''), { leaving: true })
})

test('a claim that waits blocks no other call', async t => {
  const { client } = await connect(t, (_call, count) => count === 1 ? WAITING : NO_TASK)
  const controller = new AbortController()
  const waiting = client.claim(controller.signal)
  t.equal(await client.claim(NEVER), null)
  t.strictSame(await client.report(REPORT, NEVER), { taken: true })
  controller.abort()
  await t.rejects(waiting, { name: 'AbortError' })
})

test('an aborted claim closes its connection, which the orchestrator sees', async t => {
  const { client, orchestrator } = await connect(t, () => WAITING)
  const controller = new AbortController()
  const waiting = client.claim(controller.signal)
  const [call] = await orchestrator.claimed(1)
  controller.abort()
  await t.rejects(waiting, { name: 'AbortError' })
  await call?.gone
  t.pass('the orchestrator saw it')
})

test('connections are reused: a client opens one for each loop and one for heartbeats', async t => {
  const { client, orchestrator } = await connect(t, () => NO_TASK)
  for (let calls = 0; calls < 20; calls++) await client.claim(NEVER)
  const ports = new Set(orchestrator.claims.map(({ remotePort }) => remotePort))
  t.ok(ports.size <= 3, `${ports.size} connections of a client for two loops`)
})

test('a call to an unreachable orchestrator is rejected, and the next call may succeed', async t => {
  const first = await scriptOrchestrator(() => NO_TASK)
  await first.close()
  const client = createClient({ url: first.url, loops: 1, request: REQUEST })
  await t.rejects(client.claim(NEVER), /ECONNREFUSED/)
  const second = await scriptOrchestrator(() => NO_TASK, undefined, first.port)
  t.equal(await client.claim(NEVER), null)
  await second.close()
  await client.close()
})

test('a path of the URL is kept, and only http and https are accepted', async t => {
  t.strictSame(endpointOf('http://h:1'), {
    origin: 'http://h:1', taskPath: '/internal/task', heartbeatPath: '/internal/heartbeat'
  })
  t.strictSame(endpointOf('https://h/base/'), {
    origin: 'https://h', taskPath: '/base/internal/task', heartbeatPath: '/base/internal/heartbeat'
  })
  for (const url of ['', 'h:1', 'ftp://h', 'localhost:8080']) t.throws(() => endpointOf(url), TypeError, url)
})
