import { test } from 'tap'
import { repeat } from '../../src/core/clock.js'
import { createManualClock } from '../manual-clock.js'

test('what is repeated runs at every interval until it is stopped, also from within', async t => {
  const clock = createManualClock()
  let runs = 0
  const stop = repeat(clock, 100, () => {
    runs++
    if (runs === 4) stop()
  })
  clock.advance(99)
  t.equal(runs, 0)
  clock.advance(201)
  t.equal(runs, 3)
  clock.advance(1_000)
  t.equal(runs, 4)
  t.equal(clock.timers, 0)
})
