import { setImmediate as settled } from 'node:timers/promises'
import { type Test, test } from 'tap'
import type { Clock } from '../../../src/core/clock.js'
import { type Expiry, createExpiry } from '../../../src/core/orchestrator/expiry.js'
import { type ManualClock, createManualClock } from '../../manual-clock.js'

interface Scene {
  readonly clock: ManualClock
  readonly expiry: Expiry
  /** When it ran, on the monotonic clock. */
  readonly runs: number[]
  readonly faults: unknown[]
  /** The results of the next runs; null when there are no more. */
  readonly answers: Array<number | null | Error>
}

/** An expiry after its first run, at 0, with the result `first`. */
async function start (first: number | null = null): Promise<Scene> {
  const clock = createManualClock()
  const runs: number[] = []
  const faults: unknown[] = []
  const answers: Array<number | null | Error> = [first]
  const expiry = createExpiry(clock, async () => {
    runs.push(clock.monotonic())
    const answer = answers.shift() ?? null
    if (answer instanceof Error) throw answer
    return answer
  }, error => { faults.push(error) })
  await settled()
  return { clock, expiry, runs, faults, answers }
}

async function turn ({ clock }: Scene, ms: number): Promise<void> {
  clock.advance(ms)
  await settled()
}

function stands (t: Test, { clock, runs, faults }: Scene, expected: { runs: number[], timers: number }): void {
  t.same({ runs, timers: clock.timers }, expected)
  t.same(faults, [])
}

test('it runs once at the start, and has no timer while idle', async t => {
  const scene = await start()
  stands(t, scene, { runs: [0], timers: 0 })
  await turn(scene, 1_000_000)
  stands(t, scene, { runs: [0], timers: 0 })
})

test('it runs when the next lease ends, as the last run said', async t => {
  const scene = await start(300)
  scene.answers.push(50, null)
  await turn(scene, 299)
  stands(t, scene, { runs: [0], timers: 1 })
  await turn(scene, 1)
  stands(t, scene, { runs: [0, 300], timers: 1 })
  await turn(scene, 50)
  stands(t, scene, { runs: [0, 300, 350], timers: 0 })
})

test('there is one timer, at the earliest deadline of all', async t => {
  const scene = await start()
  for (const delayMs of [500, 800, 200, 200, 900]) {
    scene.expiry.expect(delayMs)
    t.equal(scene.clock.timers, 1)
  }
  await turn(scene, 199)
  stands(t, scene, { runs: [0], timers: 1 })
  await turn(scene, 1)
  stands(t, scene, { runs: [0, 200], timers: 0 })
  await turn(scene, 10_000)
  stands(t, scene, { runs: [0, 200], timers: 0 })
})

test('deadlines are compared as points in time, not as delays', async t => {
  const scene = await start()
  scene.expiry.expect(500)
  scene.clock.advance(400)
  scene.expiry.expect(200)
  await turn(scene, 100)
  stands(t, scene, { runs: [0, 500], timers: 0 })
})

test('a lease that is granted during a run is not forgotten', async t => {
  const clock = createManualClock()
  const ends: Array<(nextMs: number | null) => void> = []
  const expiry = createExpiry(clock, () => new Promise(resolve => { ends.push(resolve) }), error => { throw error })
  expiry.expect(100)
  ends[0]!(700)
  await settled()
  t.equal(clock.timers, 1)
  clock.advance(100)
  t.equal(ends.length, 2)
})

test('a run that fails is reported and tried again', async t => {
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
  t.same(scene.runs, [0, 100, 1_100, 2_100, 2_200])
  t.equal(scene.clock.timers, 1)
})

test('stopping leaves no timer, now and later', async t => {
  const scene = await start(100)
  t.equal(scene.clock.timers, 1)
  scene.expiry.stop()
  stands(t, scene, { runs: [0], timers: 0 })
  scene.expiry.expect(10)
  await turn(scene, 1_000)
  stands(t, scene, { runs: [0], timers: 0 })
})

test('a run that is in progress when it is stopped sets no timer, whatever its result', async t => {
  for (const answer of [100, new Error('closed')]) {
    const scene = await start(10)
    scene.answers.push(answer)
    scene.clock.advance(10)
    scene.expiry.stop()
    await settled()
    t.equal(scene.runs.length, 2)
    t.equal(scene.clock.timers, 0)
  }
})

test('what has arrived is taken in before a lease is ended', async t => {
  const clock = createManualClock()
  const order: string[] = []
  let takeIn = (): void => {}
  const waiting: Clock = { ...clock, afterPendingInput: run => { takeIn = run } }
  const expiry = createExpiry(waiting, async () => {
    order.push('swept')
    return null
  }, error => { throw error })
  await settled()
  expiry.expect(100)
  clock.advance(100)
  order.push('a result arrives')
  expiry.expect(0)
  t.same(order, ['swept', 'a result arrives'])
  takeIn()
  t.same(order, ['swept', 'a result arrives', 'swept'])
  t.equal(clock.timers, 0)
})

test('after a pause of the process leases last as much longer as it was, within a limit', async t => {
  for (const [pauseMs, graceMs] of [[19, 0], [2_000, 2_000], [60_000, 5_000]] as const) {
    const clock = createManualClock()
    let late: number = pauseMs
    const runs: number[] = []
    const stalled: Clock = {
      ...clock,
      after (delayMs, run) {
        const cancel = clock.after(delayMs + late, run)
        late = 0
        return cancel
      }
    }
    const expiry = createExpiry(stalled, async () => {
      runs.push(clock.monotonic())
      return null
    }, error => { throw error })
    await settled()
    expiry.expect(100)
    clock.advance(100 + pauseMs + graceMs - 1)
    t.same(runs, [0])
    clock.advance(1)
    t.same(runs, [0, 100 + pauseMs + graceMs], `a pause of ${pauseMs} ms`)
  }
})

test('nothing runs when it is stopped in between', async t => {
  const clock = createManualClock()
  let runs = 0
  let takeIn = (): void => {}
  const expiry = createExpiry({ ...clock, afterPendingInput: run => { takeIn = run } }, async () => {
    runs++
    return null
  }, error => { throw error })
  expiry.expect(1)
  clock.advance(1)
  expiry.stop()
  takeIn()
  t.equal(runs, 1)
})
