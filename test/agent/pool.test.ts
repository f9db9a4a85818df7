import { once } from 'node:events'
import type { Worker } from 'node:worker_threads'
import { type Test, test } from 'tap'
import { type Agent, type AgentOptions, startAgent } from '../../src/agent/pool.js'
import {
  type Answer, type Call, type Listener, type Script, type ScriptedOrchestrator,
  PARKED, listeningLog, scriptOrchestrator, taskAnswer
} from './scripted-orchestrator.js'

const HOUR_MS = 3_600_000

interface Scene {
  readonly agent: Agent
  readonly orchestrator: ScriptedOrchestrator
  readonly log: Listener
}

async function scene (
  t: Test, options: Partial<AgentOptions>, poll: Script, report?: Script
): Promise<Scene> {
  const orchestrator = await scriptOrchestrator(poll, report)
  const log = listeningLog()
  const agent = startAgent({ urls: [orchestrator.url], power: 1, threads: 1, graceMs: 30_000, log, ...options })
  t.teardown(async () => {
    await agent.kill()
    await orchestrator.close()
  })
  return { agent, orchestrator, log }
}

/** Hands out these tasks in turn and then parks every poll. */
function tasks (...given: ReadonlyArray<Readonly<Record<string, unknown>>>): Script {
  const left = [...given]
  return () => {
    const next = left.shift()
    return next === undefined ? PARKED : taskAnswer(next)
  }
}

function shown (call: Call | undefined): unknown {
  return JSON.parse(call?.body ?? 'null')
}

test('works tasks out in a worker thread, whatever the type of the id', async t => {
  const bodies = [
    '{"task":{"id":1234567890123456789,"arg1":6,"arg2":7,"operation":"*","operation_time":1,"lease":"L"}}',
    '{"id":"0_0","arg1":"1","arg2":"3","operation":"/","operation_time":0}',
    '{"task":{"id":3,"arg1":1,"arg2":0,"operation":"/","operation_time":0}}',
    '{"task":{"id":4,"arg1":1e308,"arg2":10,"operation":"*","operation_time":0,"lease":"M"}}'
  ]
  const { orchestrator, agent } = await scene(t, { token: 'secret', name: 'four eyes' }, () => {
    const body = bodies.shift()
    return body === undefined ? PARKED : { status: 200, body }
  })
  const reports = await orchestrator.reported(4)
  t.equal(reports[0]?.body, '{"id":1234567890123456789,"lease":"L","result":42}')
  t.equal(reports[1]?.body, '{"id":"0_0","result":0.3333333333333333}')
  t.equal(reports[2]?.body, '{"id":3,"result":"Division by zero: 1 / 0"}')
  t.match(JSON.parse(reports[3]?.body ?? ''), { id: 4, error: { code: 'result_out_of_range', retryable: false } })
  t.equal(reports[0]?.headers.authorization, 'Bearer secret')
  t.equal(orchestrator.polls[0]?.query.get('agent'), 'four eyes')
  t.equal(agent.name, 'four eyes')
})

test('sixteen loops in two threads work on sixteen tasks at once', async t => {
  // Nobody finishes within the test, so the sixteenth task is only claimed if all others are in hand.
  const { orchestrator, agent } = await scene(t, { power: 16, threads: 2, graceMs: 0 }, (_call, count) =>
    taskAnswer({ id: count, arg1: 1, arg2: 2, operation: '+', operation_time: HOUR_MS }))
  await orchestrator.polled(16)
  await agent.stop()
  t.equal(orchestrator.polls.length, 16)
  t.equal(orchestrator.reports.length, 0)
})

test('a result outlives an outage of the orchestrator', async t => {
  const first = await scriptOrchestrator(
    tasks({ id: 5, arg1: 6, arg2: 7, operation: '*', operation_time: 0 }), () => PARKED)
  const log = listeningLog()
  const agent = startAgent({ urls: [first.url], power: 1, graceMs: 30_000, log })
  t.teardown(() => agent.kill())
  await first.reported(1)
  await first.close()
  await log.heard(/^warn Result not delivered/)

  const second = await scriptOrchestrator(() => PARKED, undefined, first.port)
  t.teardown(() => second.close())
  const [report] = await second.reported(1)
  t.match(shown(report), { id: 5, result: 42 })
  await second.polled(1)
})

test('stop gives up parked polls and lets the orchestrator know', async t => {
  const { agent, orchestrator } = await scene(t, { power: 3 }, () => PARKED)
  const polls = await orchestrator.polled(3)
  await agent.stop()
  await Promise.all(polls.map(({ gone }) => gone))
  t.equal(orchestrator.polls.length, 3)
})

test('stop delivers the result in hand', async t => {
  const { agent, orchestrator } = await scene(t, {}, tasks(
    { id: 1, arg1: 6, arg2: 7, operation: '*', operation_time: 0 }
  ), (_call, count) => ({ status: count === 1 ? 503 : 200 }))
  await orchestrator.reported(1)
  await agent.stop()
  t.match(orchestrator.reports.map(shown), [{ id: 1, result: 42 }, { id: 1, result: 42 }])
  t.equal(orchestrator.reports.length, 2)
  t.equal(orchestrator.polls.length, 1)
})

test('stop is bounded: a long operation and a result that nobody takes are left', async t => {
  const { agent, orchestrator } = await scene(t, { power: 2, graceMs: 200 }, tasks(
    { id: 1, arg1: 6, arg2: 7, operation: '*', operation_time: HOUR_MS },
    { id: 2, arg1: 6, arg2: 7, operation: '*', operation_time: 0 }
  ), () => PARKED)
  const [report] = await orchestrator.reported(1)
  await agent.stop()
  await report?.gone
  t.match(orchestrator.reports.map(shown), [{ id: 2, result: 42 }])
  t.equal(orchestrator.reports.length, 1)
})

test('loops whose thread died are started again', async t => {
  const born = once(process, 'worker')
  const { orchestrator, log } = await scene(t, { power: 2 }, () => PARKED)
  const [thread]: Worker[] = await born
  await orchestrator.polled(2)
  await thread?.terminate()
  await log.heard(/^error An agent loop ended unexpectedly/)
  await orchestrator.polled(4)
  t.pass('two new loops poll')
})

test('a loop that fails while stopping is told of; one that the end of the grace cuts off is not', async t => {
  const born = once(process, 'worker')
  const given = tasks({ id: 1, arg1: 6, arg2: 7, operation: '*', operation_time: 0 })
  const { agent, orchestrator, log } = await scene(t, {}, given, () => PARKED)
  const [thread]: Worker[] = await born
  await orchestrator.reported(1)
  const stopped = agent.stop()
  await thread?.terminate()
  await stopped
  t.equal(log.messages.filter(line => line.startsWith('error An agent loop failed while stopping')).length, 1)

  const bounded = await scene(t, { graceMs: 0 }, () => PARKED)
  await bounded.orchestrator.polled(1)
  await bounded.agent.stop()
  t.notOk(bounded.log.messages.some(line => line.startsWith('error')))
})

test('an agent whose server is gone when it stops hands its result to another', async t => {
  const servers = [await scriptOrchestrator(handOut), await scriptOrchestrator(handOut)]
  let handedOut = false
  function handOut (): Promise<never> | Answer {
    if (handedOut) return PARKED
    handedOut = true
    return taskAnswer({ id: 1, arg1: 6, arg2: 7, operation: '*', operation_time: 500 })
  }
  const log = listeningLog()
  const urls = servers.map(({ url }) => url)
  const agent = startAgent({ urls, power: 1, threads: 1, graceMs: 30_000, log })
  t.teardown(() => agent.kill())
  await Promise.race(servers.map(({ polled }) => polled(1)))
  const [current, other] = servers[0]!.polls.length > 0 ? servers : servers.toReversed()
  await current!.close()
  t.teardown(() => other!.close())
  await agent.stop()
  t.match(other!.reports.map(shown), [{ id: 1, result: 42 }])
})

test('stop may be asked for twice, and before anything has started', async t => {
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

test('a URL that is not one is refused at once', async t => {
  const log = listeningLog()
  t.throws(() => startAgent({ urls: ['localhost:8080'], power: 1, graceMs: 0, log }), TypeError)
})
