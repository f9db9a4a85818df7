import { Writable } from 'node:stream'
import { setImmediate as turn } from 'node:timers/promises'
import { pino } from 'pino'
import { test } from 'tap'
import { DEFAULT_LIMITS } from '../src/core/language/limits.js'
import { createOrchestrator } from '../src/core/orchestrator/orchestrator.js'
import { createRateLimit } from '../src/core/orchestrator/rate-limit.js'
import { createEventLog } from '../src/event-log.js'
import { createLeaseTokens } from '../src/store/lease-tokens.js'
import { createMemoryStore } from '../src/store/memory.js'
import { createManualClock } from './manual-clock.js'
import { RULES } from './store/fixture.js'

type Line = Readonly<Record<string, unknown>>

function scene (level: string) {
  const clock = createManualClock()
  const lines: Line[] = []
  const logger = pino({ level, base: null, timestamp: false }, new Writable({
    write (line, _encoding, done) {
      lines.push(JSON.parse(String(line)))
      done()
    }
  }))
  const events = createEventLog(logger, createRateLimit(clock))
  const store = createMemoryStore({ clock, rules: RULES, newLease: createLeaseTokens() })
  const orchestrator = createOrchestrator({
    store, clock, times: new Map(), limits: DEFAULT_LIMITS, onFault (error) { throw error }, events
  })
  /** A lease ends, and the store has expired it. */
  const pass = async (): Promise<void> => {
    clock.advance(10_000)
    await turn()
  }
  return { pass, clock, events, orchestrator, lines: () => lines.splice(0) }
}

const CLAIM = { symbols: ['+', '-', '*', '/'], max: 1 }

test('info has failures, lost leases, tasks that are claimed again, and agents', async t => {
  const { pass, orchestrator, lines } = scene('info')
  await orchestrator.calculate({ source: '1/0' })
  t.match(lines(), [{
    level: 30,
    msg: 'Expression failed',
    expression: 1,
    code: 'division_by_zero',
    reason: 'Division by zero: 1 / 0 (at position 1)',
    position: 1,
    operation: { id: 1, operation: '/', operands: [1, 0] }
  }])
  await orchestrator.calculate({ source: '1+2' })
  t.same(lines(), [], 'a submit is not logged')
  await orchestrator.claim({ ...CLAIM, agent: 'a' })
  t.match(lines(), [{ msg: 'Agent connected', agent: 'a' }])
  await pass()
  t.match(lines(), [{ msg: 'Lease lost; the task is ready again', task: 2, expression: 2, agent: 'a', attempt: 1 }])
  await orchestrator.claim({ ...CLAIM, agent: 'a' })
  t.match(lines(), [{ msg: 'Task claimed again', task: 2, expression: 2, agent: 'a', attempt: 2 }])
  await pass()
  t.match(lines(), [{ msg: 'Last lease lost; waiting for a late result', task: 2, attempt: 2 }])
  await pass()
  t.match(lines(), [{ msg: 'Expression failed', expression: 2, code: 'attempts_exhausted', agents: ['a', 'a'] }])
  await orchestrator.heartbeat({ identity: { agent: 'a', instance: '1' }, working: [], releasing: [], leaving: true })
  t.match(lines(), [{ msg: 'Agent left', agent: 'a' }])
  orchestrator.close()
})

test('debug has each step as well', async t => {
  const { orchestrator, lines } = scene('debug')
  await orchestrator.calculate({ source: '1+2' })
  const [task] = await orchestrator.claim({ ...CLAIM, agent: 'a' })
  await orchestrator.report([{ task: task!.id, lease: task!.lease, result: 3 }])
  await orchestrator.calculate({ source: '1+2' })
  await orchestrator.cancel(2)
  t.match(lines(), [
    { level: 20, msg: 'Expression submitted', expression: 1, operations: 1 },
    { level: 30, msg: 'Agent connected' },
    { level: 20, msg: 'Task claimed', task: 1, expression: 1, operation: '+', agent: 'a', attempt: 1 },
    { level: 20, msg: 'Expression completed', expression: 1 },
    { level: 20, msg: 'Task reported', task: 1, outcome: 'accepted', result: 3 },
    { level: 30, msg: 'Agent connected' },
    { level: 20, msg: 'Expression submitted', expression: 2 },
    { level: 20, msg: 'Expression cancelled', expression: 2 }
  ])
  orchestrator.close()
})

test('a client that causes a thousand failures in a second gets ten lines and a count', async t => {
  const { clock, orchestrator, lines } = scene('info')
  for (let count = 0; count < 1_000; count++) await orchestrator.calculate({ source: '1/0' })
  t.equal(lines().length, 10)
  clock.advance(1_000)
  t.match(lines(), [{ msg: 'Expression failed', expression: 1_000, more: 989 }])
  orchestrator.close()
})

test('what the level does not show is not observed at all', async t => {
  t.same(scene('warn').events, {})
  t.same(Object.keys(scene('info').events),
    ['failed', 'leaseExpired', 'claimedAgain', 'agentConnected', 'agentGone'])
})
