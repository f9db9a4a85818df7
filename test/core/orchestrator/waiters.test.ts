import { getEventListeners } from 'node:events'
import { type Test, test } from 'tap'
import { type Waiters, createWaiters } from '../../../src/core/orchestrator/waiters.js'
import { type ManualClock, createManualClock } from '../../manual-clock.js'

const anybody = (): boolean => true

function scene (name: string, run: (t: Test, parking: Waiters<string>, clock: ManualClock) => Promise<void>): void {
  test(name, async t => {
    const clock = createManualClock()
    const parking = createWaiters<string>(clock)
    await run(t, parking, clock)
    t.equal(parking.size, 0, 'nobody is left')
    t.equal(clock.timers, 0, 'no timer is left')
  })
}

scene('callers are woken one at a time, in the order in which they came', async (t, parking) => {
  const order: string[] = []
  const names = ['first', 'second', 'third']
  const all = names.map(async name => {
    if (await parking.wait(name, { waitMs: 1_000 }).woken) order.push(name)
  })
  for (const name of names) {
    t.equal(parking.wake(anybody), name)
    await Promise.resolve()
  }
  await Promise.all(all)
  t.same(order, names)
  t.equal(parking.wake(anybody), undefined, 'nobody is left to be woken')
})

scene('only a caller who wants it is woken; the others keep their places', async (t, parking) => {
  const one = parking.wait('one', { waitMs: 1_000 })
  const other = parking.wait('other', { waitMs: 1_000 })
  t.equal(parking.wake(name => name === 'nobody'), undefined)
  t.equal(parking.wake(name => name === 'other'), 'other')
  t.equal(await other.woken, true)
  t.equal(parking.size, 1)
  t.equal(parking.wake(anybody), 'one')
  t.equal(await one.woken, true)
})

scene('a caller whose time is up leaves, and not before', async (t, parking, clock) => {
  const short = parking.wait('short', { waitMs: 100 })
  const long = parking.wait('long', { waitMs: 200 })
  clock.advance(99)
  t.equal(parking.size, 2)
  clock.advance(1)
  t.equal(await short.woken, false)
  t.equal(parking.wake(anybody), 'long', 'the place is gone with the caller')
  t.equal(await long.woken, true)
})

scene('who does not wait or has gone already gets no place', async (t, parking, clock) => {
  for (const patience of [{ waitMs: 0 }, { waitMs: -5 }, { waitMs: 1_000, gone: AbortSignal.abort() }]) {
    const parked = parking.wait('hasty', patience)
    t.equal(parking.size, 0)
    t.equal(clock.timers, 0)
    t.equal(await parked.woken, false)
    parked.leave()
  }
})

scene('a caller that goes leaves its place to the next', async (t, parking) => {
  const caller = new AbortController()
  const gone = parking.wait('gone', { waitMs: 1_000, signal: caller.signal })
  const next = parking.wait('next', { waitMs: 1_000 })
  caller.abort()
  t.equal(await gone.woken, false)
  t.equal(parking.wake(anybody), 'next')
  t.equal(await next.woken, true)
})

scene('a place that is given up is not woken', async (t, parking) => {
  const parked = parking.wait('fickle', { waitMs: 1_000 })
  parked.leave()
  t.equal(parking.wake(anybody), undefined)
  t.equal(await parked.woken, false)
})

scene('leaving after being woken changes nothing', async (t, parking) => {
  const parked = parking.wait('woken', { waitMs: 1_000 })
  parking.wake(anybody)
  parked.leave()
  t.equal(await parked.woken, true)
})

scene('clearing sends away everybody who waits, and everybody who comes later', async (t, parking, clock) => {
  const parked = ['one', 'other'].map(name => parking.wait(name, { waitMs: 1_000 }))
  parking.clear()
  t.same(await Promise.all(parked.map(({ woken }) => woken)), [false, false])
  const late = parking.wait('late', { waitMs: 1_000 })
  t.equal(clock.timers, 0)
  t.equal(await late.woken, false)
})

scene('however a wait ends, the caller is no longer listened to', async (t, parking, clock) => {
  const endings: Record<string, (leave: () => void) => void> = {
    woken: () => { parking.wake(anybody) },
    'time is up': () => clock.advance(100),
    'given up': leave => leave(),
    cleared: () => parking.clear()
  }
  for (const [name, end] of Object.entries(endings)) {
    const { signal } = new AbortController()
    const parked = parking.wait(name, { waitMs: 100, signal })
    t.equal(getEventListeners(signal, 'abort').length, 1, `${name}: waits`)
    t.equal(clock.timers, 1)
    end(parked.leave)
    await parked.woken
    t.equal(getEventListeners(signal, 'abort').length, 0, `${name}: no listener is left`)
    t.equal(clock.timers, 0, `${name}: no timer is left`)
  }
})
