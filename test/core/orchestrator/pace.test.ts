import { test } from 'tap'
import { createPace } from '../../../src/core/orchestrator/pace.js'
import { type ManualClock, createManualClock } from '../../manual-clock.js'

/** Of cost that begins without a pause after idle time. */
const CREDIT_MS = 2

/** A pace that has no idle time to make up for. */
function createBusyPace (clock: ManualClock) {
  const pace = createPace(clock)
  pace.charge(CREDIT_MS)
  return pace
}

test('after idle time, work of two milliseconds begins without a pause', async t => {
  const clock = createManualClock()
  const pace = createBusyPace(clock)
  for (const idleMs of [48, 1_000_000]) {
    clock.advance(idleMs)
    const begun: string[] = []
    pace.charge(1)
    pace.request(() => { begun.push('first') })
    pace.charge(2)
    pace.request(() => { begun.push('second') })
    clock.advance(23)
    t.same(begun, ['first'])
    clock.advance(1)
    t.same(begun, ['first', 'second'])
  }
})

test('after a cost, nothing begins for twenty-four times as long', async t => {
  const clock = createManualClock()
  const pace = createBusyPace(clock)
  const begun: string[] = []
  pace.request(() => { begun.push('first') })
  t.same(begun, ['first'], 'at once')
  pace.charge(10)
  pace.charge(5)
  pace.request(() => { begun.push('second') })
  clock.advance(359)
  t.same(begun, ['first'])
  clock.advance(1)
  t.same(begun, ['first', 'second'])
  t.equal(clock.timers, 0)
})

test('of much that waits a part begins, so that its cost delays the rest', async t => {
  const clock = createManualClock()
  const pace = createBusyPace(clock)
  pace.charge(1)
  let begun = 0
  for (let count = 0; count < 100; count++) {
    pace.request(() => {
      begun++
      pace.charge(1)
    })
  }
  clock.advance(24)
  t.equal(begun, 16)
  clock.advance(383)
  t.equal(begun, 16)
  clock.advance(1)
  t.equal(begun, 32)
})

test('what waits when it stops never begins', async t => {
  const clock = createManualClock()
  const pace = createBusyPace(clock)
  pace.charge(1)
  pace.request(() => t.fail())
  pace.stop()
  clock.advance(1_000)
  t.equal(clock.timers, 0)
})
