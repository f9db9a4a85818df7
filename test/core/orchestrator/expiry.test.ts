import { setImmediate as settled } from 'node:timers/promises'
import { type Test, test } from 'tap'
import type { Clock } from '../../../src/core/clock.js'
import { type Expiry, createExpiry } from '../../../src/core/orchestrator/expiry.js'
import { type ManualClock, createManualClock } from '../../manual-clock.js'

interface Scene {
  readonly clock: ManualClock
  readonly sweeper: Expiry
  /** When it swept, on the monotonic clock. */
  readonly sweeps: number[]
  readonly faults: unknown[]
  /** What the next sweeps come to; null when there is nothing here any more. */
  readonly answers: Array<number | null | Error>
}

/** A sweeper that has done its first sweep, at 0, which came to `first`. */
async function start (first: number | null = null): Promise<Scene> {
  const clock = createManualClock()
  const sweeps: number[] = []
  const faults: unknown[] = []
  const answers: Array<number | null | Error> = [first]
  const sweeper = createExpiry(clock, async () => {
    sweeps.push(clock.monotonic())
    const answer = answers.shift() ?? null
    if (answer instanceof Error) throw answer
    return answer
  }, error => { faults.push(error) })
  await settled()
  return { clock, sweeper, sweeps, faults, answers }
}

async function turn ({ clock }: Scene, ms: number): Promise<void> {
  clock.advance(ms)
  await settled()
}

function stands (t: Test, { clock, sweeps, faults }: Scene, expected: { sweeps: number[], timers: number }): void {
  t.same({ sweeps, timers: clock.timers }, expected)
  t.same(faults, [])
}

test('it sweeps once at the start, and an idle one has no timer', async t => {
  const scene = await start()
  stands(t, scene, { sweeps: [0], timers: 0 })
  await turn(scene, 1_000_000)
  stands(t, scene, { sweeps: [0], timers: 0 })
})

test('it sweeps when the next lease ends, as the last sweep said', async t => {
  const scene = await start(300)
  scene.answers.push(50, null)
  await turn(scene, 299)
  stands(t, scene, { sweeps: [0], timers: 1 })
  await turn(scene, 1)
  stands(t, scene, { sweeps: [0, 300], timers: 1 })
  await turn(scene, 50)
  stands(t, scene, { sweeps: [0, 300, 350], timers: 0 })
})

test('there is one timer, at the earliest deadline of all', async t => {
  const scene = await start()
  for (const delayMs of [500, 800, 200, 200, 900]) {
    scene.sweeper.expect(delayMs)
    t.equal(scene.clock.timers, 1)
  }
  await turn(scene, 199)
  stands(t, scene, { sweeps: [0], timers: 1 })
  await turn(scene, 1)
  stands(t, scene, { sweeps: [0, 200], timers: 0 })
  await turn(scene, 10_000)
  stands(t, scene, { sweeps: [0, 200], timers: 0 })
})

test('deadlines are compared as points in time, not as delays', async t => {
  const scene = await start()
  scene.sweeper.expect(500)
  scene.clock.advance(400)
  scene.sweeper.expect(200)
  await turn(scene, 100)
  stands(t, scene, { sweeps: [0, 500], timers: 0 })
})

test('a lease that is granted during a sweep is not forgotten', async t => {
  const clock = createManualClock()
  const ends: Array<(nextMs: number | null) => void> = []
  const sweeper = createExpiry(clock, () => new Promise(resolve => { ends.push(resolve) }), error => { throw error })
  sweeper.expect(100)
  ends[0]!(700)
  await settled()
  t.equal(clock.timers, 1)
  clock.advance(100)
  t.equal(ends.length, 2)
})

test('a sweep that fails is told of and tried again', async t => {
  const scene = await start(100)
  const broken = new Error('the disk is full')
  scene.answers.push(broken, broken, 100, broken)
  await turn(scene, 100)
  t.same(scene.faults, [broken])
  t.equal(scene.clock.timers, 1)
  await turn(scene, 1_000)
  t.same(scene.faults, [broken], 'told once')
  await turn(scene, 1_000)
  t.same(scene.faults, [broken], 'the third went well')
  await turn(scene, 100)
  t.same(scene.faults, [broken, broken], 'and what fails after that is told again')
  t.same(scene.sweeps, [0, 100, 1_100, 2_100, 2_200])
  t.equal(scene.clock.timers, 1)
})

test('stopping leaves no timer, now and later', async t => {
  const scene = await start(100)
  t.equal(scene.clock.timers, 1)
  scene.sweeper.stop()
  stands(t, scene, { sweeps: [0], timers: 0 })
  scene.sweeper.expect(10)
  await turn(scene, 1_000)
  stands(t, scene, { sweeps: [0], timers: 0 })
})

test('a sweep that is under way when it is stopped arms no timer, whatever it comes to', async t => {
  for (const answer of [100, new Error('closed')]) {
    const scene = await start(10)
    scene.answers.push(answer)
    scene.clock.advance(10)
    scene.sweeper.stop()
    await settled()
    t.equal(scene.sweeps.length, 2)
    t.equal(scene.clock.timers, 0)
  }
})

test('what has arrived is taken in before a lease is ended', async t => {
  const clock = createManualClock()
  const order: string[] = []
  let takeIn = (): void => {}
  const waiting: Clock = { ...clock, afterPendingInput: run => { takeIn = run } }
  const sweeper = createExpiry(waiting, async () => {
    order.push('swept')
    return null
  }, error => { throw error })
  await settled()
  sweeper.expect(100)
  clock.advance(100)
  order.push('a result arrives')
  sweeper.expect(0)
  t.same(order, ['swept', 'a result arrives'])
  takeIn()
  t.same(order, ['swept', 'a result arrives', 'swept'])
  t.equal(clock.timers, 0)
})

test('after a pause of the process leases go on for as long as it was, but not for ever', async t => {
  for (const [pauseMs, graceMs] of [[19, 0], [2_000, 2_000], [60_000, 5_000]] as const) {
    const clock = createManualClock()
    let late: number = pauseMs
    const sweeps: number[] = []
    const stalled: Clock = {
      ...clock,
      after (delayMs, run) {
        const cancel = clock.after(delayMs + late, run)
        late = 0
        return cancel
      }
    }
    const sweeper = createExpiry(stalled, async () => {
      sweeps.push(clock.monotonic())
      return null
    }, error => { throw error })
    await settled()
    sweeper.expect(100)
    clock.advance(100 + pauseMs + graceMs - 1)
    t.same(sweeps, [0])
    clock.advance(1)
    t.same(sweeps, [0, 100 + pauseMs + graceMs], `a pause of ${pauseMs} ms`)
  }
})

test('nothing is swept when it is stopped in between', async t => {
  const clock = createManualClock()
  let sweeps = 0
  let takeIn = (): void => {}
  const sweeper = createExpiry({ ...clock, afterPendingInput: run => { takeIn = run } }, async () => {
    sweeps++
    return null
  }, error => { throw error })
  sweeper.expect(1)
  clock.advance(1)
  sweeper.stop()
  takeIn()
  t.equal(sweeps, 1)
})
