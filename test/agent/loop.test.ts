import { test } from 'tap'
import { createWarnings } from '../../src/agent/warnings.js'
import { createLoop } from '../../src/agent/loop.js'
import type { Verdict } from '../../src/agent/protocol/report.js'
import type { AgentTask, TaskOutcome } from '../../src/agent/protocol/task.js'
import { type ManualClock, manualClock, settled } from './manual-clock.js'
import { noHeartbeat, plainTask } from './tasks.js'
import { listeningLog } from './scripted-orchestrator.js'

const TAKEN: Verdict = { taken: true }

function task (members: Partial<AgentTask> = {}): AgentTask {
  return plainTask({ left: 6, right: 7, ...members })
}

/** The answer of a claim that waits: never fulfilled, and rejected when the caller aborts. */
function waiting (signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(new Error('aborted')))
  })
}

type Claim = (signal: AbortSignal, clock: ManualClock) => AgentTask | null | Promise<AgentTask | null>
type Report = (signal: AbortSignal) => Verdict | Promise<Verdict>

/**
 * A loop against a client that answers from the two lists; when they are used up, claims get `forever` and
 * reports are taken.
 */
function scenario ({ claims = [], reports = [], forever = waiting, random = () => 0, pollEveryMs = null }: {
  claims?: Claim[], reports?: Report[], forever?: Claim, random?: () => number, pollEveryMs?: number | null
}) {
  const clock = manualClock()
  const log = listeningLog()
  const outcomes: Array<{ id: string, outcome: TaskOutcome, at: number }> = []
  const claimedAt: number[] = []
  let attempts = 0
  const loop = createLoop({
    warnings: createWarnings('a', log),
    agent: 'a',
    log,
    clock,
    random,
    pollEveryMs,
    heartbeat: noHeartbeat(),
    client: {
      async claim (signal) {
        claimedAt.push(clock.monotonic())
        const claimed = await (claims.shift() ?? forever)(signal, clock)
        return claimed === null ? null : { tasks: [claimed], extended: false }
      },
      async report ({ task: { id }, outcome }, signal) {
        attempts++
        const verdict = await (reports.shift() ?? (() => TAKEN))(signal)
        outcomes.push({ id, outcome, at: clock.monotonic() })
        return verdict
      },
      reportMany: plainContractOnly,
      reportAndClaim: plainContractOnly
    }
  })
  return { loop, clock, log, outcomes, claimedAt, attempts: () => attempts, done: loop.run() }
}

async function plainContractOnly (): Promise<never> {
  throw new Error('This orchestrator speaks the plain contract only')
}

const refuse = (reason: string) => (): never => { throw new Error(reason) }

test('claims, spends the time, computes, reports, and repeats', async t => {
  const s = scenario({ claims: [() => task({ timeMs: 500 }), () => task({ id: '"x"', left: 1 })] })
  await s.clock.advance(499)
  t.equal(s.attempts(), 0, 'no report before its time')
  await s.clock.advance(1)
  t.strictSame(s.outcomes, [
    { id: '1', outcome: { result: 42 }, at: 500 },
    { id: '"x"', outcome: { result: 7 }, at: 500 }
  ])
  t.strictSame(s.clock.sleeps, [500], 'an operation that takes no time does not sleep')
  s.loop.stop(1000)
  await s.done
})

test('the result of a named task is how long it took, not how long it should have taken', async t => {
  const named = { operation: 'task', left: 300, right: 0 }
  const s = scenario({
    claims: [
      () => task({ ...named, timeMs: 300 }),
      async () => task({ ...named, timeMs: 250.4 }),
      () => task({ ...named, left: 0 })
    ]
  })
  await s.clock.advance(1_000)
  t.strictSame(s.outcomes, [
    { id: '1', outcome: { result: 300 }, at: 300 },
    { id: '1', outcome: { result: 250 }, at: 550.4 },
    { id: '1', outcome: { result: 0 }, at: 550.4 }
  ])
  s.loop.stop(0)
  await s.done
})

test('an operation without a result is reported as an error, at once', async t => {
  const s = scenario({
    claims: [
      () => task({ operation: '/', right: 0, timeMs: 1e9 }),
      () => task({ left: 1e308, right: 10 }),
      () => task({ operation: 'random' })
    ]
  })
  await s.clock.advance(0)
  t.match(s.outcomes, [
    { at: 0, outcome: { error: { code: 'division_by_zero', retryable: false } } },
    { at: 0, outcome: { error: { code: 'result_out_of_range', retryable: false } } },
    { at: 0, outcome: { error: { code: 'operation_unknown', retryable: true } } }
  ])
  t.equal(s.log.messages.filter(line => line.startsWith('warn The operation has no result')).length, 3,
    'an orchestrator without leases may have no errors')
  s.loop.stop(0)
  await s.done
})

test('a result is kept until it is taken, and the loop claims nothing meanwhile', async t => {
  const s = scenario({
    claims: [() => task()],
    reports: [refuse('no connection'), refuse('no connection'), refuse('503'), refuse('503')],
    random: () => 0.5
  })
  await s.clock.advance(0)
  t.equal(s.attempts(), 1)
  await s.clock.advance(50 + 100 + 200 + 400 - 1)
  t.equal(s.attempts(), 4)
  t.strictSame(s.claimedAt, [0])
  await s.clock.advance(1)
  t.strictSame(s.outcomes, [{ id: '1', outcome: { result: 42 }, at: 750 }])
  t.equal(s.claimedAt.length, 2)
  t.strictSame(s.log.messages.map(line => line.split(' ')[0]), ['warn', 'warn', 'info'], 'each reason once')
  s.loop.stop(0)
  await s.done
})

test('a report that is refused for good is dropped and logged, and the loop goes on', async t => {
  const s = scenario({
    claims: [() => task({ id: '1' }), () => task({ id: '2' })],
    reports: [() => ({ taken: false, reason: '404 gone' })]
  })
  await s.clock.advance(0)
  t.strictSame(s.outcomes.map(({ id }) => id), ['1', '2'])
  t.match(s.log.messages, [/^warn Report refused.*404 gone/])
  s.loop.stop(0)
  await s.done
})

test('an orchestrator that refuses the reports on its own tasks gets claims ever more slowly', async t => {
  const s = scenario({
    forever: () => task(),
    reports: Array.from({ length: 1_000 }, () => () => ({ taken: false, reason: '422' })),
    random: () => 0.5
  })
  await s.clock.advance(60_000)
  t.ok(s.claimedAt.length > 10 && s.claimedAt.length < 40, `${s.claimedAt.length} claims in a minute`)
  s.loop.stop(0)
  await s.done
})

test('an orchestrator that answers "no task" at once gets claims with pauses', async t => {
  await t.test('at most once a second', async t => {
    const s = scenario({ forever: () => null, random: () => 0 })
    await s.clock.advance(60_000)
    t.equal(s.claimedAt.length, 61)
    s.loop.stop(0)
    await s.done
  })

  await t.test('less often the longer it lasts, up to 5 s', async t => {
    const s = scenario({ forever: () => null, random: () => 1 })
    await s.clock.advance(60_000)
    t.strictSame(s.claimedAt.slice(0, 5), [0, 2_000, 5_000, 10_000, 15_000])
    t.equal(s.claimedAt.length, 14)
    s.loop.stop(0)
    await s.done
  })

  await t.test('a task resets the pauses', async t => {
    const s = scenario({ claims: [() => null, () => null, () => task(), () => null], random: () => 1 })
    await s.clock.advance(60_000)
    t.strictSame(s.claimedAt, [0, 2_000, 5_000, 5_000, 7_000])
    s.loop.stop(0)
    await s.done
  })
})

test('with an interval of its own an agent claimedAt at that interval', async t => {
  const s = scenario({ forever: () => null, random: () => 1, pollEveryMs: 300 })
  await s.clock.advance(1_000)
  t.strictSame(s.claimedAt, [0, 300, 600, 900])
  s.loop.stop(0)
  await s.done
})

test('a claim that waited in vain is repeated at once', async t => {
  const s = scenario({
    forever: async (signal, clock) => {
      await clock.sleep(20_000, signal)
      return null
    }
  })
  await s.clock.advance(59_000)
  t.strictSame(s.claimedAt, [0, 20_000, 40_000])
  t.strictSame(s.clock.sleeps, [20_000, 20_000, 20_000], 'only the claim sleeps')
  s.loop.stop(0)
  await s.done
})

test('an unreachable orchestrator gets claims with growing delays', async t => {
  const s = scenario({ claims: [1, 2, 3].map(() => refuse('ECONNREFUSED')), random: () => 1 })
  await s.clock.advance(10_000)
  t.strictSame(s.claimedAt, [0, 100, 300, 700])
  t.match(s.log.messages, [/^warn .*ECONNREFUSED/], 'one line for three failures')
  s.loop.stop(0)
  await s.done
})

test('stop aborts a claim that waits, and ends', async t => {
  const s = scenario({})
  await settled()
  s.loop.stop(10_000)
  await s.done
  t.equal(s.claimedAt.length, 1)
  t.strictSame(s.log.messages, [])
})

test('stop ends a pause', async t => {
  const s = scenario({ forever: refuse('ECONNREFUSED'), random: () => 1 })
  await s.clock.advance(50)
  s.loop.stop(10_000)
  await s.done
  t.equal(s.claimedAt.length, 1)
})

test('stop finishes and reports the task in progress, and claims no other', async t => {
  const s = scenario({ forever: () => task({ timeMs: 3_000 }) })
  await s.clock.advance(1_000)
  s.loop.stop(2_000)
  await s.clock.advance(2_000)
  await s.done
  t.strictSame(s.outcomes, [{ id: '1', outcome: { result: 42 }, at: 3_000 }])
  t.equal(s.claimedAt.length, 1)
})

test('stop drops a task at once that cannot be finished within the grace', async t => {
  const s = scenario({ forever: () => task({ timeMs: 3_000 }) })
  await s.clock.advance(1_000)
  s.loop.stop(1_999)
  await s.done
  t.strictSame(s.outcomes, [])
  t.match(s.log.messages, [/^warn Stopped before/])
})

test('a task that arrives while stopping is finished, if the grace allows', async t => {
  let give = (_task: AgentTask): void => {}
  const late = () => new Promise<AgentTask>(resolve => { give = resolve })
  await t.test('it does', async t => {
    const s = scenario({ forever: late })
    await settled()
    s.loop.stop(150)
    give(task({ timeMs: 100 }))
    await s.clock.advance(100)
    await s.done
    t.equal(s.outcomes.length, 1)
  })
  await t.test('it does not', async t => {
    const s = scenario({ forever: late })
    await settled()
    s.loop.stop(100)
    give(task({ timeMs: 101 }))
    await s.done
    t.equal(s.attempts(), 0)
  })
})

test('stop is bounded by the grace while a result is not taken', async t => {
  await t.test('refused again and again', async t => {
    const s = scenario({
      claims: [() => task()],
      reports: Array.from({ length: 1_000 }, () => refuse('503')),
      random: () => 1
    })
    await s.clock.advance(1_000)
    s.loop.stop(2_000)
    await s.clock.advance(2_000)
    await s.done
    t.strictSame(s.outcomes, [])
  })
  await t.test('never answered', async t => {
    const s = scenario({ claims: [() => task()], reports: [waiting] })
    await s.clock.advance(1_000)
    s.loop.stop(2_000)
    await s.clock.advance(2_000)
    await s.done
    t.strictSame(s.outcomes, [])
  })
})
