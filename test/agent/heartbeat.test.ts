import { type Test, test } from 'tap'
import { type Heartbeat, createHeartbeat } from '../../src/agent/heartbeat.js'
import type { HeartbeatMessage } from '../../src/agent/protocol/heartbeat.js'
import { type ManualClock, manualClock, settled } from './manual-clock.js'
import { type Listener, listeningLog } from './scripted-orchestrator.js'
import { leasedTask, plainTask } from './tasks.js'

interface Beat {
  readonly at: number
  readonly working: readonly string[]
  readonly checking: readonly string[]
  readonly releasing: readonly string[]
  readonly leaving: boolean
}

type Answer = (heartbeat: HeartbeatMessage) => ReadonlySet<string>

interface Scene {
  readonly heartbeat: Heartbeat
  readonly clock: ManualClock
  readonly log: Listener
  readonly beats: Beat[]
}

function scene (name: string, run: (t: Test, scene: Scene) => Promise<void>, answer: Answer = () => new Set()): void {
  test(name, async t => {
    const clock = manualClock()
    const log = listeningLog()
    const beats: Beat[] = []
    const heartbeat = createHeartbeat({
      agent: 'a',
      log,
      clock,
      client: {
        async heartbeat (heartbeat) {
          const { working, checking = [], releasing, leaving } = heartbeat
          const ids = (tasks: HeartbeatMessage['working']): string[] => tasks.map(({ id }) => id)
          beats.push({
            at: clock.monotonic(), working: ids(working), checking: ids(checking), releasing: ids(releasing), leaving
          })
          return answer(heartbeat)
        }
      }
    })
    await run(t, { heartbeat, clock, log, beats })
  })
}

scene('only tasks that take longer than a third of the lease, or 1.5 s, need heartbeats', async (t, { heartbeat }) => {
  const lease = (leaseMs: number | null) => leasedTask(1, 0, { leaseMs })
  t.equal(heartbeat.isNeeded(lease(900), 300), false)
  t.equal(heartbeat.isNeeded(lease(900), 301), true)
  t.equal(heartbeat.isNeeded(lease(3_600_000), 1_500), false)
  t.equal(heartbeat.isNeeded(lease(3_600_000), 1_501), true)
  t.equal(heartbeat.isNeeded(plainTask(), 1e9), false, 'an orchestrator without leases has no heartbeats')
  t.equal(heartbeat.isNeeded(lease(null), 1e9), false)
})

scene('one heartbeat names all tracked tasks, and renews the leases that have come to a third', async (t, bench) => {
  const { heartbeat, clock, beats } = bench
  heartbeat.track(leasedTask(1, 0, { leaseMs: 3_600_000 }), () => {})
  await clock.advance(1_000)
  heartbeat.track(leasedTask(2, 0, { leaseMs: 9_000 }), () => {})
  await clock.advance(9_500)
  t.strictSame(beats.map(({ at, working, checking }) => [at, working, checking]), [
    [1_500, [], ['1', '2']],
    [3_000, ['2'], ['1']],
    [4_500, [], ['1', '2']],
    [6_000, ['2'], ['1']],
    [7_500, [], ['1', '2']],
    [9_000, ['1', '2'], []],
    [10_500, [], ['1', '2']]
  ])
})

scene('a short lease is renewed after a third of it', async (t, { heartbeat, clock, beats }) => {
  heartbeat.track(leasedTask(1, 0, { leaseMs: 600 }), () => {})
  await clock.advance(400)
  t.strictSame(beats.map(({ at, working }) => [at, ...working]), [[200, '1'], [400, '1']])
})

scene('there is no timer and no heartbeat while no task is tracked', async (t, { heartbeat, clock, beats }) => {
  const task = leasedTask(1)
  heartbeat.track(task, () => {})
  await clock.advance(1_000)
  heartbeat.untrack(task)
  await clock.advance(60_000)
  t.strictSame(beats, [])
  t.equal(clock.sleepers, 0)
})

scene('a lost or cancelled task is announced to its executor only', async (t, { heartbeat, clock }) => {
  const ended: string[] = []
  for (const id of [1, 2, 3]) heartbeat.track(leasedTask(id), () => ended.push(String(id)))
  await clock.advance(1_500)
  t.strictSame(ended, ['1', '3'])
}, () => new Set(['1', '3', '77']))

scene('a heartbeat that fails is logged once, and the next one follows', async (t, bench) => {
  const { heartbeat, clock, beats, log } = bench
  heartbeat.track(leasedTask(1, 0, { leaseMs: 4_500 }), () => t.fail('the task has not ended'))
  await clock.advance(3_000)
  t.strictSame(beats.map(({ at, working }) => [at, ...working]), [[1_500, '1'], [3_000, '1']], 'it still needs one')
  t.match(log.messages, [/^warn Heartbeat failed.*no line/])
  t.equal(log.messages.length, 1)
}, () => { throw new Error('no line') })

scene('tasks with leases are released; those without are not', async (t, { heartbeat, beats }) => {
  await heartbeat.release([plainTask({ id: '5' })])
  t.strictSame(beats, [])
  await heartbeat.release([leasedTask(1), plainTask({ id: '5' }), leasedTask(2)])
  t.strictSame(beats, [{ at: 0, working: [], checking: [], releasing: ['1', '2'], leaving: false }])
})

scene('all loops of a thread leave with one call', async (t, { heartbeat, beats }) => {
  t.strictSame(await Promise.all([heartbeat.leave(), heartbeat.leave(), heartbeat.leave()]), [true, true, true])
  await settled()
  t.strictSame(beats, [{ at: 0, working: [], checking: [], releasing: [], leaving: true }])
})

scene('an orchestrator without heartbeats does not agree to the leaving', async (t, { heartbeat }) => {
  t.equal(await heartbeat.leave(), false)
  await heartbeat.release([leasedTask(1)])
  t.pass('and a release is only tried')
}, () => { throw new Error('404') })
