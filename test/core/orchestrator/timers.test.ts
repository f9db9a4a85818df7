import { test } from 'tap'
import type { Clock } from '../../../src/core/clock.js'
import { createTimers } from '../../../src/core/orchestrator/timers.js'
import { createManualClock } from '../../manual-clock.js'

test('timers fire when they are due, in their order, on one timer', async t => {
  const clock = createManualClock()
  const timers = createTimers(clock)
  const fired: string[] = []
  for (const [name, ms] of [['b', 200], ['c', 300], ['a', 100], ['z', 0]] as const) {
    timers.after(ms, () => fired.push(`${name} at ${clock.monotonic()}`))
  }
  t.equal(clock.timers, 1)
  clock.advance(250)
  t.strictSame(fired, ['z at 0', 'a at 100', 'b at 200'])
  clock.advance(50)
  t.strictSame(fired.at(-1), 'c at 300')
  t.equal(clock.timers, 0)
})

test('a cancelled timer does not fire, even if cancelled by one that fires before it', async t => {
  const clock = createManualClock()
  const timers = createTimers(clock)
  const fired: string[] = []
  const cancelFirst = timers.after(100, () => fired.push('first'))
  const cancelThird = timers.after(300, () => fired.push('third'))
  timers.after(200, () => {
    fired.push('second')
    cancelThird()
    timers.after(100, () => fired.push('fourth'))
  })
  cancelFirst()
  clock.advance(1_000)
  t.strictSame(fired, ['second', 'fourth'])
  cancelFirst()
  t.equal(clock.timers, 0)
})

test('a thousand that come and go do not arm the timer a thousand times', async t => {
  const manual = createManualClock()
  let armed = 0
  const clock: Clock = {
    ...manual,
    after (delayMs, run) {
      armed++
      return manual.after(delayMs, run)
    }
  }
  const timers = createTimers(clock)
  const cancels = Array.from({ length: 1_000 }, () => timers.after(20_000, () => {}))
  for (let second = 0; second < 10; second++) {
    manual.advance(1_000)
    for (let index = 0; index < 999; index++) {
      cancels[index]!()
      cancels[index] = timers.after(20_000, () => {})
    }
  }
  t.equal(armed, 1)
  t.equal(manual.timers, 1)
  for (const cancel of cancels) cancel()
  t.equal(manual.timers, 0, 'and none is left when no request waits')
})

test('after the stop no timer fires', async t => {
  const clock = createManualClock()
  const timers = createTimers(clock)
  const cancel = timers.after(100, () => t.fail('before the stop'))
  timers.stop()
  timers.after(100, () => t.fail('after the stop'))()
  clock.advance(1_000)
  cancel()
  t.equal(clock.timers, 0)
})
