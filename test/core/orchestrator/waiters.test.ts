import { getEventListeners } from 'node:events'
import { type Test, test } from 'tap'
import { type Waiters, createWaiters } from '../../../src/core/orchestrator/waiters.js'
import { type ManualClock, createManualClock } from '../../manual-clock.js'

const anyRequest = (): boolean => true

function scene (name: string, run: (t: Test, waiters: Waiters<string>, clock: ManualClock) => Promise<void>): void {
  test(name, async t => {
    const clock = createManualClock()
    const waiters = createWaiters<string>(clock)
    await run(t, waiters, clock)
    t.equal(waiters.size, 0, 'no request is left')
    t.equal(clock.timers, 0, 'no timer is left')
  })
}

scene('requests are woken one at a time, in the order in which they came', async (t, waiters) => {
  const order: string[] = []
  const names = ['first', 'second', 'third']
  const all = names.map(async name => {
    if (await waiters.wait(name, { waitMs: 1_000 }).woken) order.push(name)
  })
  for (const name of names) {
    t.equal(waiters.wake(anyRequest), name)
    await Promise.resolve()
  }
  await Promise.all(all)
  t.same(order, names)
  t.equal(waiters.wake(anyRequest), undefined, 'none is left to be woken')
})

scene('only a request that matches is woken; the others keep their order', async (t, waiters) => {
  const one = waiters.wait('one', { waitMs: 1_000 })
  const other = waiters.wait('other', { waitMs: 1_000 })
  t.equal(waiters.wake(name => name === 'none'), undefined)
  t.equal(waiters.wake(name => name === 'other'), 'other')
  t.equal(await other.woken, true)
  t.equal(waiters.size, 1)
  t.equal(waiters.wake(anyRequest), 'one')
  t.equal(await one.woken, true)
})

scene('a request whose time is up ends, and not before', async (t, waiters, clock) => {
  const short = waiters.wait('short', { waitMs: 100 })
  const long = waiters.wait('long', { waitMs: 200 })
  clock.advance(99)
  t.equal(waiters.size, 2)
  clock.advance(1)
  t.equal(await short.woken, false)
  t.equal(waiters.wake(anyRequest), 'long', 'the one whose time was up is not woken')
  t.equal(await long.woken, true)
})

scene('a request without a wait or whose client is gone does not wait', async (t, waiters, clock) => {
  for (const options of [{ waitMs: 0 }, { waitMs: -5 }, { waitMs: 1_000, signal: AbortSignal.abort() }]) {
    const waiter = waiters.wait('hasty', options)
    t.equal(waiters.size, 0)
    t.equal(clock.timers, 0)
    t.equal(await waiter.woken, false)
    waiter.leave()
  }
})

scene('the request after one whose client goes is woken', async (t, waiters) => {
  const client = new AbortController()
  const gone = waiters.wait('gone', { waitMs: 1_000, signal: client.signal })
  const next = waiters.wait('next', { waitMs: 1_000 })
  client.abort()
  t.equal(await gone.woken, false)
  t.equal(waiters.wake(anyRequest), 'next')
  t.equal(await next.woken, true)
})

scene('a request that leaves is not woken', async (t, waiters) => {
  const waiter = waiters.wait('fickle', { waitMs: 1_000 })
  waiter.leave()
  t.equal(waiters.wake(anyRequest), undefined)
  t.equal(await waiter.woken, false)
})

scene('leaving after being woken changes nothing', async (t, waiters) => {
  const waiter = waiters.wait('woken', { waitMs: 1_000 })
  waiters.wake(anyRequest)
  waiter.leave()
  t.equal(await waiter.woken, true)
})

scene('clearing ends all waits, now and later', async (t, waiters, clock) => {
  const all = ['one', 'other'].map(name => waiters.wait(name, { waitMs: 1_000 }))
  waiters.clear()
  t.same(await Promise.all(all.map(({ woken }) => woken)), [false, false])
  const late = waiters.wait('late', { waitMs: 1_000 })
  t.equal(clock.timers, 0)
  t.equal(await late.woken, false)
})

scene('however a wait ends, the signal is no longer listened to', async (t, waiters, clock) => {
  const endings: Record<string, (leave: () => void) => void> = {
    woken: () => { waiters.wake(anyRequest) },
    'time is up': () => clock.advance(100),
    'given up': leave => leave(),
    cleared: () => waiters.clear()
  }
  for (const [name, end] of Object.entries(endings)) {
    const { signal } = new AbortController()
    const waiter = waiters.wait(name, { waitMs: 100, signal })
    t.equal(getEventListeners(signal, 'abort').length, 1, `${name}: waits`)
    t.equal(clock.timers, 1)
    end(waiter.leave)
    await waiter.woken
    t.equal(getEventListeners(signal, 'abort').length, 0, `${name}: no listener is left`)
    t.equal(clock.timers, 0, `${name}: no timer is left`)
  }
})
