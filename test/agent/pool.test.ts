import { once } from 'node:events'
import type { Worker } from 'node:worker_threads'
import { type Test, test } from 'tap'
import { type Agent, type AgentOptions, startAgent } from '../../src/agent/pool.js'
import {
  type Answer, type Call, type Listener, type Script, type ScriptedOrchestrator,
  WAITING, listeningLog, scriptOrchestrator, taskAnswer
} from './scripted-orchestrator.js'

const HOUR_MS = 3_600_000

interface Scene {
  readonly agent: Agent
  readonly orchestrator: ScriptedOrchestrator
  readonly log: Listener
}

async function scene (
  t: Test, options: Partial<AgentOptions>, claim: Script, report?: Script
): Promise<Scene> {
  const orchestrator = await scriptOrchestrator(claim, report)
  const log = listeningLog()
  const agent = startAgent({ urls: [orchestrator.url], power: 1, threads: 1, graceMs: 30_000, log, ...options })
  t.teardown(async () => {
    await agent.kill()
    await orchestrator.close()
  })
  return { agent, orchestrator, log }
}

/** Gives out these tasks in turn; then every claim waits. */
function tasks (...given: ReadonlyArray<Readonly<Record<string, unknown>>>): Script {
  const left = [...given]
  return () => {
    const next = left.shift()
    return next === undefined ? WAITING : taskAnswer(next)
  }
}

function shown (call: Call | undefined): unknown {
  return JSON.parse(call?.body ?? 'null')
}

test('computes tasks in a worker thread, with ids of any type', async t => {
  const bodies = [
    '{"task":{"id":1234567890123456789,"arg1":6,"arg2":7,"operation":"*","operation_time":1,"lease":"L"}}',
    '{"id":"0_0","arg1":"1","arg2":"3","operation":"/","operation_time":0}',
    '{"task":{"id":3,"arg1":1,"arg2":0,"operation":"/","operation_time":0}}',
    '{"task":{"id":4,"arg1":1e308,"arg2":10,"operation":"*","operation_time":0,"lease":"M"}}'
  ]
  const { orchestrator, agent } = await scene(t, { token: 'secret', name: 'four eyes' }, () => {
    const body = bodies.shift()
    return body === undefined ? WAITING : { status: 200, body }
  })
  const reports = await orchestrator.reported(4)
  t.equal(reports[0]?.body, '{"id":1234567890123456789,"lease":"L","result":42}')
  t.equal(reports[1]?.body, '{"id":"0_0","result":0.3333333333333333}')
  t.equal(reports[2]?.body, '{"id":3,"result":"Division by zero: 1 / 0"}')
  t.match(JSON.parse(reports[3]?.body ?? ''), { id: 4, error: { code: 'result_out_of_range', retryable: false } })
  t.equal(reports[0]?.headers.authorization, 'Bearer secret')
  t.equal(orchestrator.claims[0]?.query.get('agent'), 'four eyes')
  t.equal(agent.name, 'four eyes')
})

test('sixteen loops in two threads work on sixteen tasks at once', async t => {
  // No task ends within the test, so the sixteenth is only claimed if all others are in progress.
  const { orchestrator, agent } = await scene(t, { power: 16, threads: 2, graceMs: 0 }, (_call, count) =>
    taskAnswer({ id: count, arg1: 1, arg2: 2, operation: '+', operation_time: HOUR_MS }))
  await orchestrator.claimed(16)
  await agent.stop()
  t.equal(orchestrator.claims.length, 16)
  t.equal(orchestrator.reports.length, 0)
})

test('a result outlives an outage of the orchestrator', async t => {
  const first = await scriptOrchestrator(
    tasks({ id: 5, arg1: 6, arg2: 7, operation: '*', operation_time: 0 }), () => WAITING)
  const log = listeningLog()
  const agent = startAgent({ urls: [first.url], power: 1, graceMs: 30_000, log })
  t.teardown(() => agent.kill())
  await first.reported(1)
  await first.close()
  await log.heard(/^warn Result not delivered/)

  const second = await scriptOrchestrator(() => WAITING, undefined, first.port)
  t.teardown(() => second.close())
  const [report] = await second.reported(1)
  t.match(shown(report), { id: 5, result: 42 })
  await second.claimed(1)
})

test('stop aborts claims that wait, which the orchestrator sees', async t => {
  const { agent, orchestrator } = await scene(t, { power: 3 }, () => WAITING)
  const claims = await orchestrator.claimed(3)
  await agent.stop()
  await Promise.all(claims.map(({ gone }) => gone))
  t.equal(orchestrator.claims.length, 3)
})

test('stop delivers a result that was not taken yet', async t => {
  const { agent, orchestrator } = await scene(t, {}, tasks(
    { id: 1, arg1: 6, arg2: 7, operation: '*', operation_time: 0 }
  ), (_call, count) => ({ status: count === 1 ? 503 : 200 }))
  await orchestrator.reported(1)
  await agent.stop()
  t.match(orchestrator.reports.map(shown), [{ id: 1, result: 42 }, { id: 1, result: 42 }])
  t.equal(orchestrator.reports.length, 2)
  t.equal(orchestrator.claims.length, 1)
})

test('stop is bounded: a long operation and a result that is not taken are dropped', async t => {
  const { agent, orchestrator } = await scene(t, { power: 2, graceMs: 200 }, tasks(
    { id: 1, arg1: 6, arg2: 7, operation: '*', operation_time: HOUR_MS },
    { id: 2, arg1: 6, arg2: 7, operation: '*', operation_time: 0 }
  ), () => WAITING)
  const [report] = await orchestrator.reported(1)
  await agent.stop()
  await report?.gone
  t.match(orchestrator.reports.map(shown), [{ id: 2, result: 42 }])
  t.equal(orchestrator.reports.length, 1)
})

test('loops whose thread died are restarted', async t => {
  const born = once(process, 'worker')
  const { orchestrator, log } = await scene(t, { power: 2 }, () => WAITING)
  const [thread]: Worker[] = await born
  await orchestrator.claimed(2)
  await thread?.terminate()
  await log.heard(/^error An agent loop ended unexpectedly/)
  await orchestrator.claimed(4)
  t.pass('two new loops claim')
})

test('a loop that fails while stopping is logged; one that the end of the grace terminates is not', async t => {
  const born = once(process, 'worker')
  const given = tasks({ id: 1, arg1: 6, arg2: 7, operation: '*', operation_time: 0 })
  const { agent, orchestrator, log } = await scene(t, {}, given, () => WAITING)
  const [thread]: Worker[] = await born
  await orchestrator.reported(1)
  const stopped = agent.stop()
  await thread?.terminate()
  await stopped
  t.equal(log.messages.filter(line => line.startsWith('error An agent loop failed while stopping')).length, 1)

  const bounded = await scene(t, { graceMs: 0 }, () => WAITING)
  await bounded.orchestrator.claimed(1)
  await bounded.agent.stop()
  t.notOk(bounded.log.messages.some(line => line.startsWith('error')))
})

test('an agent whose server is down when it stops reports to another', async t => {
  const servers = [await scriptOrchestrator(giveOut), await scriptOrchestrator(giveOut)]
  let givenOut = false
  function giveOut (): Promise<never> | Answer {
    if (givenOut) return WAITING
    givenOut = true
    return taskAnswer({ id: 1, arg1: 6, arg2: 7, operation: '*', operation_time: 500 })
  }
  const log = listeningLog()
  const urls = servers.map(({ url }) => url)
  const agent = startAgent({ urls, power: 1, threads: 1, graceMs: 30_000, log })
  t.teardown(() => agent.kill())
  await Promise.race(servers.map(({ claimed }) => claimed(1)))
  const [current, other] = servers[0]!.claims.length > 0 ? servers : servers.toReversed()
  await current!.close()
  t.teardown(() => other!.close())
  await agent.stop()
  t.match(other!.reports.map(shown), [{ id: 1, result: 42 }])
})

test('stop may be called twice, and before a loop has started', async t => {
  const log = listeningLog()
  const agent = startAgent({ urls: ['http://127.0.0.1:9'], power: 2, graceMs: 0, log })
  await Promise.all([agent.stop(), agent.stop()])
  t.equal(log.messages.filter(line => line.includes('Agent stopped')).length, 1)
})

test('power 0 does nothing', async t => {
  const log = listeningLog()
  const agent = startAgent({ urls: ['http://127.0.0.1:9'], power: 0, graceMs: 0, log })
  t.match(agent.name, /.+-\d+-[0-9a-f]{6}$/)
  await agent.stop()
  await agent.kill()
  t.strictSame(log.messages, [])
})

test('an invalid URL is refused at once', async t => {
  const log = listeningLog()
  t.throws(() => startAgent({ urls: ['localhost:8080'], power: 1, graceMs: 0, log }), TypeError)
})
