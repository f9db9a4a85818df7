import { test } from 'tap'
import { createWarnings } from '../../src/agent/warnings.js'
import { sharedLog } from '../../src/agent/log.js'
import { startAgent } from '../../src/agent/pool.js'
import { freePort } from '../free-port.js'
import { listeningLog, scriptOrchestrator, NO_TASK } from './scripted-orchestrator.js'

test('each reason is logged once until the orchestrator answers again, also where several alternate', async t => {
  const log = listeningLog()
  const { claims, reports } = createWarnings('a', log)
  for (let attempt = 0; attempt < 20; attempt++) {
    claims.failed(new Error('one is down'))
    claims.failed(new Error('the other says 503'))
  }
  reports.failed(new Error('one is down'))
  t.match(log.messages, [
    /^warn Cannot get tasks from the orchestrator.*one is down/, /^warn Cannot get tasks from the orchestrator.*503/,
    /^warn Result not delivered.*one is down/
  ])
  claims.succeeded()
  claims.succeeded()
  t.match(log.messages.slice(3), [/^info The orchestrator answers again.*"attempts":40/])
  claims.failed(new Error('one is down'))
  t.equal(log.messages.length, 5)
})

test('reasons that always differ do not flood the log', async t => {
  const log = listeningLog()
  const { claims } = createWarnings('a', log)
  for (let attempt = 0; attempt < 1_000; attempt++) claims.failed(new Error(`request ${attempt}`))
  t.ok(log.messages.length < 20, `${log.messages.length} lines`)
})

test('what a thread logs goes through the logger of a loop that still runs', async t => {
  const [first, second] = [listeningLog(), listeningLog()]
  const logs = new Set([first, second])
  const log = sharedLog(logs)
  log.info({}, 'one')
  logs.delete(first)
  log.warn({}, 'two')
  logs.delete(second)
  log.error({}, 'three')
  t.match([...first.messages, ...second.messages], [/^info one/, /^warn two/])
})

test('a thread of many slots warns once of an unreachable orchestrator', async t => {
  const port = await freePort()
  const log = listeningLog()
  const agent = startAgent({ urls: [`http://127.0.0.1:${port}`], power: 8, threads: 1, graceMs: 0, log })
  t.teardown(() => agent.kill())
  await log.heard(/^warn Cannot get tasks from the orchestrator/)
  const orchestrator = await scriptOrchestrator(() => NO_TASK, undefined, port)
  t.teardown(() => orchestrator.close())
  // By then each slot has succeeded, after a failure.
  await orchestrator.claimed(16)
  t.equal(log.messages.filter(line => line.startsWith('warn Cannot get tasks')).length, 1)
})
