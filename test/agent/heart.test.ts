import { type Test, test } from 'tap'
import type { Heartbeat } from '../../src/agent/client.js'
import { type Heart, createHeart } from '../../src/agent/heart.js'
import { type ManualClock, manualClock, settled } from './manual-clock.js'
import { type Listener, listeningLog } from './scripted-orchestrator.js'
import { leasedTask, plainTask } from './tasks.js'

interface Beat {
  readonly at: number
  readonly working: readonly string[]
  readonly releasing: readonly string[]
  readonly leaving: boolean
}

type Answer = (heartbeat: Heartbeat) => ReadonlySet<string>

interface Scene {
  readonly heart: Heart
  readonly clock: ManualClock
  readonly log: Listener
  readonly beats: Beat[]
}

function scene (name: string, run: (t: Test, scene: Scene) => Promise<void>, answer: Answer = () => new Set()): void {
  test(name, async t => {
    const clock = manualClock()
    const log = listeningLog()
    const beats: Beat[] = []
    const heart = createHeart({
      agent: 'a',
      log,
      clock,
      client: {
        async heartbeat (heartbeat) {
          const { working, releasing, leaving } = heartbeat
          const ids = (tasks: Heartbeat['working']): string[] => tasks.map(({ id }) => id)
          beats.push({ at: clock.monotonic(), working: ids(working), releasing: ids(releasing), leaving })
          return answer(heartbeat)
        }
      }
    })
    await run(t, { heart, clock, log, beats })
  })
}

scene('only what takes longer than a third of its lease, or ten seconds, has to be held', async (t, { heart }) => {
  const lease = (leaseMs: number | null) => leasedTask(1, 0, { leaseMs })
  t.equal(heart.needed(lease(9_000), 3_000), false)
  t.equal(heart.needed(lease(9_000), 3_001), true)
  t.equal(heart.needed(lease(3_600_000), 10_000), false)
  t.equal(heart.needed(lease(3_600_000), 10_001), true)
  t.equal(heart.needed(plainTask(), 1e9), false, 'an orchestrator without leases knows no heartbeats')
  t.equal(heart.needed(lease(null), 1e9), false)
})

scene('everything that is held is prolonged together, at a third of the shortest lease', async (t, bench) => {
  const { heart, clock, beats } = bench
  heart.hold(leasedTask(1, 0, { leaseMs: 30_000 }), () => {})
  await clock.advance(1_000)
  heart.hold(leasedTask(2, 0, { leaseMs: 9_000 }), () => {})
  await clock.advance(8_000)
  t.strictSame(beats.map(({ at, working }) => [at, ...working]), [[4_000, '1', '2'], [7_000, '1', '2']])
})

scene('there is no timer and no heartbeat while nothing is held', async (t, { heart, clock, beats }) => {
  const task = leasedTask(1)
  heart.hold(task, () => {})
  await clock.advance(2_000)
  heart.letGo(task)
  await clock.advance(60_000)
  t.strictSame(beats, [])
  t.equal(clock.sleepers, 0)
})

scene('what is lost or cancelled is told to who works on it, and nobody else', async (t, { heart, clock }) => {
  const ended: string[] = []
  for (const id of [1, 2, 3]) heart.hold(leasedTask(id), () => ended.push(String(id)))
  await clock.advance(3_334)
  t.strictSame(ended, ['1', '3'])
}, () => new Set(['1', '3', '77']))

scene('a heartbeat that does not get through is logged once, and the next one comes', async (t, bench) => {
  const { heart, clock, beats, log } = bench
  heart.hold(leasedTask(1, 0, { leaseMs: 9_000 }), () => t.fail('nobody said that it ended'))
  await clock.advance(6_000)
  t.strictSame(beats.map(({ at }) => at), [3_000, 6_000])
  t.match(log.messages, [/^warn A heartbeat did not get through.*no line/])
  t.equal(log.messages.length, 1)
}, () => { throw new Error('no line') })

scene('tasks are given back with their leases; those without one are not', async (t, { heart, beats }) => {
  await heart.release([plainTask({ id: '5' })])
  t.strictSame(beats, [])
  await heart.release([leasedTask(1), plainTask({ id: '5' }), leasedTask(2)])
  t.strictSame(beats, [{ at: 0, working: [], releasing: ['1', '2'], leaving: false }])
})

scene('all loops of a thread leave with one call', async (t, { heart, beats }) => {
  t.strictSame(await Promise.all([heart.leave(), heart.leave(), heart.leave()]), [true, true, true])
  await settled()
  t.strictSame(beats, [{ at: 0, working: [], releasing: [], leaving: true }])
})

scene('an orchestrator that knows no heartbeats does not agree to the leaving', async (t, { heart }) => {
  t.equal(await heart.leave(), false)
  await heart.release([leasedTask(1)])
  t.pass('and giving back is only tried')
}, () => { throw new Error('404') })
