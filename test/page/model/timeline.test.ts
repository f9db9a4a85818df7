import fc from 'fast-check'
import { test } from 'tap'
import { ticksOf } from '../../../src/page/model/timeline.js'

test('the ticks of a timeline are round times, also of hours and days', async t => {
  for (const [lengthMs, stepMs] of [
    [10, 2], [900, 200], [4_000, 1_000], [30_000, 10_000], [200_000, 60_000], [2_000_000, 600_000],
    [8 * 3_600_000, 7_200_000], [3 * 86_400_000, 86_400_000], [40 * 86_400_000, 10 * 86_400_000]
  ] as const) {
    const ticks = ticksOf({ fromMs: 1e12, toMs: 1e12 + lengthMs }, 5)
    t.same(ticks.slice(0, 2), [0, stepMs], `${lengthMs} ms`)
  }
})

test('a timeline of any length has about as many ticks as asked for', async t => {
  fc.assert(fc.property(fc.double({ min: 10, max: 1e13, noNaN: true }), fc.double({ min: -5, max: 50, noNaN: true }),
    (lengthMs, most) => {
      const { length } = ticksOf({ fromMs: 0, toMs: lengthMs }, most)
      return length >= 1 && length <= Math.max(1, most) + 2
    }))
  t.pass()
})
