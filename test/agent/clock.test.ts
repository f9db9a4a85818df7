import { test } from 'tap'
import { sleep } from '../../src/agent/clock.js'

test('a sleep longer than the longest timer does not end at once, and can be aborted', async t => {
  const controller = new AbortController()
  let over = false
  const long = sleep(2 ** 31 + 1_000, controller.signal).then(() => { over = true })
  // A timer that overflows fires after 1 ms, hence before this one.
  await sleep(30)
  t.equal(over, false)
  controller.abort()
  await long
  t.equal(over, true)
})

test('a sleep of 0, of less, or after its abort ends at once', async t => {
  const aborted = AbortSignal.abort()
  await sleep(0)
  await sleep(-5)
  await sleep(NaN)
  await sleep(1e12, aborted)
  t.pass('all ended')
})

test('a sleep that has ended no longer listens to its signal', async t => {
  const { signal } = new AbortController()
  let listeners = 0
  const add = signal.addEventListener.bind(signal)
  const remove = signal.removeEventListener.bind(signal)
  signal.addEventListener = (...args: Parameters<typeof add>) => { listeners++; add(...args) }
  signal.removeEventListener = (...args: Parameters<typeof remove>) => { listeners--; remove(...args) }
  await sleep(1, signal)
  t.equal(listeners, 0)
})
