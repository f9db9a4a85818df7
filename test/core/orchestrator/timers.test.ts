import { test } from 'tap'
import type { Clock } from '../../../src/core/clock.js'
import { createTimers } from '../../../src/core/orchestrator/timers.js'
import { createManualClock } from '../../manual-clock.js'

test('alarms ring when they are due, in their order, on one timer', async t => {
  const clock = createManualClock()
  const alarms = createTimers(clock)
  const rung: string[] = []
  for (const [name, ms] of [['b', 200], ['c', 300], ['a', 100], ['z', 0]] as const) {
    alarms.after(ms, () => rung.push(`${name} at ${clock.monotonic()}`))
  }
  t.equal(clock.timers, 1)
  clock.advance(250)
  t.strictSame(rung, ['z at 0', 'a at 100', 'b at 200'])
  clock.advance(50)
  t.strictSame(rung.at(-1), 'c at 300')
  t.equal(clock.timers, 0)
})

test('an alarm that is cancelled does not ring, also by one that rings before it', async t => {
  const clock = createManualClock()
  const alarms = createTimers(clock)
  const rung: string[] = []
  const cancelFirst = alarms.after(100, () => rung.push('first'))
  const cancelThird = alarms.after(300, () => rung.push('third'))
  alarms.after(200, () => {
    rung.push('second')
    cancelThird()
    alarms.after(100, () => rung.push('fourth'))
  })
  cancelFirst()
  clock.advance(1_000)
  t.strictSame(rung, ['second', 'fourth'])
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
  const alarms = createTimers(clock)
  const cancels = Array.from({ length: 1_000 }, () => alarms.after(20_000, () => {}))
  for (let second = 0; second < 10; second++) {
    manual.advance(1_000)
    for (let index = 0; index < 999; index++) {
      cancels[index]!()
      cancels[index] = alarms.after(20_000, () => {})
    }
  }
  t.equal(armed, 1)
  t.equal(manual.timers, 1)
  for (const cancel of cancels) cancel()
  t.equal(manual.timers, 0, 'and none is left when nobody waits')
})

test('after the stop nothing rings any more', async t => {
  const clock = createManualClock()
  const alarms = createTimers(clock)
  const cancel = alarms.after(100, () => t.fail('before the stop'))
  alarms.stop()
  alarms.after(100, () => t.fail('after the stop'))()
  clock.advance(1_000)
  cancel()
  t.equal(clock.timers, 0)
})
