import { test } from 'tap'
import { createWarnings } from '../../src/agent/warnings.js'
import { createLoop } from '../../src/agent/loop.js'
import type { LoopOptions } from '../../src/agent/loop-options.js'
import type { Heartbeat } from '../../src/agent/heartbeat.js'
import { TAKEN, type TaskReport, type Verdict } from '../../src/agent/protocol/report.js'
import type { AgentTask } from '../../src/agent/protocol/task.js'
import { type ManualClock, manualClock, settled } from './manual-clock.js'
import { listeningLog } from './scripted-orchestrator.js'
import { noHeartbeat, leasedTask } from './tasks.js'

/** A call of the loop, as text: what it reports, and whether it claims. */
interface Call {
  readonly at: number
  readonly text: string
}

type Reply = (signal: AbortSignal, clock: ManualClock) =>
  readonly AgentTask[] | Promise<readonly AgentTask[]>

/** Never answered; rejected when the caller aborts. */
function waiting (signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(new Error('aborted')))
  })
}

/** A loop against an orchestrator of the whole protocol: each call is answered with the next batch. */
function scenario ({ replies, verdicts = [], heartbeat = {} }: {
  replies: Reply[], verdicts?: Verdict[], heartbeat?: Partial<Heartbeat>
}) {
  const clock = manualClock()
  const log = listeningLog()
  const calls: Call[] = []
  const released: string[] = []
  async function reply (text: string, signal: AbortSignal): Promise<readonly AgentTask[]> {
    calls.push({ at: clock.monotonic(), text })
    return (replies.shift() ?? waiting)(signal, clock)
  }
  const textOf = (reports: readonly TaskReport[]): string => reports.map(({ task: { id }, outcome }) =>
    `${id}=${'result' in outcome ? outcome.result : outcome.error.code}`).join(' ')
  const verdictsOf = (reports: readonly TaskReport[]): Verdict[] => reports.map(() => verdicts.shift() ?? TAKEN)
  const client: LoopOptions['client'] = {
    async claim (signal) {
      const tasks = await reply('claim', signal)
      return tasks.length === 0 ? null : { tasks, extended: true }
    },
    report: async () => { throw new Error('one by one') },
    async reportMany (reports, signal) {
      await reply(textOf(reports), signal)
      return verdictsOf(reports)
    },
    async reportAndClaim (reports, signal) {
      const tasks = await reply(`${textOf(reports)}, claim`, signal)
      return { verdicts: verdictsOf(reports), tasks }
    }
  }
  const loop = createLoop({
    warnings: createWarnings('a', log),
    client,
    agent: 'a',
    log,
    clock,
    random: () => 0,
    pollEveryMs: null,
    heartbeat: {
      ...noHeartbeat(),
      leave: async () => true,
      async release (tasks) {
        for (const { id } of tasks) released.push(id)
      },
      ...heartbeat
    }
  })
  const texts = (): string[] => calls.map(({ text }) => text)
  const done = loop.run()
  return {
    loop,
    clock,
    log,
    calls,
    texts,
    released,
    done,
    /** Ends the loop at once. */
    async end (): Promise<void> {
      loop.stop(0)
      await clock.advance(0)
      await done
    }
  }
}

test('one call reports a batch and brings the next', async t => {
  const s = scenario({
    replies: [
      () => [leasedTask(1), leasedTask(2, 0, { left: 1 })],
      () => [leasedTask(3, 0, { operation: '/', right: 0 })],
      () => [],
      () => []
    ]
  })
  await s.clock.advance(0)
  t.strictSame(s.texts(), ['claim', '1=42 2=7, claim', '3=division_by_zero, claim', 'claim'])
  await s.end()
  t.strictSame(s.released, [])
})

test('a report that is refused is dropped and logged; those beside it are not', async t => {
  const s = scenario({
    replies: [() => [leasedTask(1), leasedTask(2)], () => []],
    verdicts: [{ taken: false, reason: 'task_unknown' }]
  })
  await s.clock.advance(0)
  t.match(s.log.messages, [/^warn Report refused; dropping it.*"task":"1","reason":"task_unknown"/])
  t.equal(s.log.messages.length, 1)
  await s.end()
})

test('reports are kept until they are taken', async t => {
  const refuse: Reply = () => { throw new Error('503') }
  const s = scenario({ replies: [() => [leasedTask(1)], refuse, refuse, () => []] })
  await s.clock.advance(10_000)
  t.strictSame(s.texts().slice(0, 4), ['claim', '1=42, claim', '1=42, claim', '1=42, claim'])
  t.match(s.log.messages, [/^warn Result not delivered.*503/, /^info The orchestrator answers again/])
  await s.end()
})

test('the operations of a batch take their times one after another', async t => {
  const s = scenario({ replies: [() => [leasedTask(1, 4), leasedTask(2, 5), leasedTask(3)]] })
  await s.clock.advance(8)
  t.strictSame(s.texts(), ['claim'])
  await s.clock.advance(1)
  t.strictSame(s.calls.at(-1), { at: 9, text: '1=42 2=42 3=42, claim' })
  await s.end()
})

test('a result does not wait for the long operations behind it', async t => {
  const s = scenario({ replies: [() => [leasedTask(1, 1_000), leasedTask(2, 1_000)], () => []] })
  await s.clock.advance(2_000)
  t.strictSame(s.calls, [
    { at: 0, text: 'claim' }, { at: 1_000, text: '1=42' }, { at: 2_000, text: '2=42, claim' }
  ])
  await s.end()
})

test('a result that could not be delivered between two tasks goes with the rest', async t => {
  const refuse: Reply = () => { throw new Error('503') }
  const s = scenario({ replies: [() => [leasedTask(1, 1_000), leasedTask(2, 1_000)], refuse] })
  await s.clock.advance(2_000)
  t.strictSame(s.texts(), ['claim', '1=42', '1=42 2=42, claim'])
  await s.end()
})

test('a lost or cancelled task is interrupted and not reported; the rest of the batch goes on', async t => {
  let end = (): void => {}
  const s = scenario({
    replies: [() => [leasedTask(1, 60_000), leasedTask(2, 5)]],
    heartbeat: {
      isNeeded: (_task, workMs) => workMs > 10_000,
      track ({ id }, onEnded) {
        if (id === '1') end = onEnded
      }
    }
  })
  await s.clock.advance(20_000)
  end()
  await s.clock.advance(5)
  t.strictSame(s.calls.at(-1), { at: 20_005, text: '2=42, claim' })
  t.strictSame(s.released, [])
  await s.end()
})

test('a task that is lost before it begins is not begun', async t => {
  const s = scenario({
    replies: [() => [leasedTask(1, 5), leasedTask(2, 60_000)]],
    heartbeat: {
      isNeeded: (_task, workMs) => workMs > 10_000,
      track: (_task, onEnded) => onEnded()
    }
  })
  await s.clock.advance(5)
  t.strictSame(s.texts(), ['claim', '1=42, claim'])
  await s.end()
})

test('stop finishes the task in progress, releases the rest of the batch, and claims nothing', async t => {
  const s = scenario({ replies: [() => [leasedTask(1, 100), leasedTask(2, 100), leasedTask(3)], () => []] })
  await s.clock.advance(50)
  s.loop.stop(10_000)
  await s.clock.advance(50)
  await s.done
  t.strictSame(s.texts(), ['claim', '1=42'])
  t.strictSame(s.released, ['2', '3'])
})

test('stop releases a task at once that cannot be finished within the grace, and reports the others', async t => {
  const s = scenario({ replies: [() => [leasedTask(1), leasedTask(2, 60_000)], () => []] })
  await s.clock.advance(50)
  s.loop.stop(10_000)
  await s.done
  t.strictSame(s.texts(), ['claim', '1=42'])
  t.strictSame(s.released, ['2'])
  t.strictSame(s.log.messages, [])
})

test('a task that is claimed while the agent stops is released', async t => {
  let give = (_tasks: readonly AgentTask[]): void => {}
  const s = scenario({ replies: [() => new Promise(resolve => { give = resolve })] })
  await settled()
  s.loop.stop(10_000)
  give([leasedTask(1), leasedTask(2)])
  await s.done
  t.strictSame(s.released, ['1', '2'])
  t.strictSame(s.texts(), ['claim'])
})

test('stop waits for the answer of an orchestrator that agreed to it, for a while', async t => {
  let hungUp = -1
  const s = scenario({
    replies: [(signal, clock) => new Promise((_resolve, reject) => {
      signal.addEventListener('abort', () => {
        hungUp = clock.monotonic()
        reject(new Error('aborted'))
      })
    })]
  })
  await settled()
  s.loop.stop(10_000)
  await s.clock.advance(999)
  t.equal(hungUp, -1)
  await s.clock.advance(1)
  t.equal(hungUp, 1_000)
  await s.done
})

test('reports whose answer was waiting for tasks are sent again when the agent stops', async t => {
  const s = scenario({ replies: [() => [leasedTask(1)], waiting, () => []], heartbeat: { leave: async () => false } })
  await s.clock.advance(100)
  s.loop.stop(10_000)
  await s.done
  t.strictSame(s.texts(), ['claim', '1=42, claim', '1=42'])
})

test('stop is bounded while reports are not taken', async t => {
  const s = scenario({ replies: [() => [leasedTask(1)], waiting, waiting] })
  await s.clock.advance(100)
  s.loop.stop(3_000)
  await s.clock.advance(3_000)
  await s.done
  t.match(s.log.messages, [/^warn Stopped before/])
})
