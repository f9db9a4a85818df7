import { test } from 'tap'
import type { AttemptOutcome } from '../../../src/client/index.js'
import type { Attempt } from '../../../src/page/model/record.js'
import { AXIS, type Bar, ROW, barsOf, scaleOf, stripesOf } from '../../../src/page/picture/bar.js'

function attempt (operation: number, fromMs: number, toMs: number | null, outcome: AttemptOutcome | null): Attempt {
  return { operation, number: 1, agent: 'lab', fromMs, toMs, isOnly: true, outcome, message: null }
}

/** A bar of an attempt that has ended before the moment 100. */
function bar (lane: number, x: number, width: number, outcome: AttemptOutcome = 'completed'): Bar {
  return { attempt: attempt(1, 0, 50, outcome), lane, x, y: lane * ROW, width, againX: null }
}

test('bars of a range of lanes are where those of all lanes are', async t => {
  const lanes = [0, 1, 2, 3].map(slot =>
    ({ agent: 'lab', slot, attempts: [attempt(slot + 1, 10 * slot, 10 * slot + 5, 'completed')] }))
  const scale = scaleOf({ fromMs: 0, toMs: 100 }, 20, 120)
  const all = barsOf(lanes, scale, 100)
  t.equal(all.length, 4)
  t.same(barsOf(lanes, scale, 100, 1, 3), all.slice(1, 3))
  t.match(all[2], { lane: 2, x: 40, width: 5, y: AXIS + 2 * ROW + 4 })
  t.same(barsOf(lanes, scale, 15, 1, 3).map(({ attempt: { operation } }) => operation), [2], 'none from later')
})

test('narrow bars that touch are one rectangle', async t => {
  t.same(stripesOf([bar(0, 10, 2), bar(0, 12, 3), bar(0, 15.25, 2)], 100),
    [{ state: 'completed', x: 10, y: 0, width: 7.25 }])
  t.same(stripesOf([bar(0, 10, 2), bar(0, 10, 2)], 100), [{ state: 'completed', x: 10, y: 0, width: 2 }])
})

test('bars with a gap, of another state or of another lane are rectangles of their own', async t => {
  t.equal(stripesOf([bar(0, 10, 2), bar(0, 13, 2)], 100).length, 2)
  t.equal(stripesOf([bar(0, 10, 2), bar(0, 12, 2, 'expired')], 100).length, 2)
  t.equal(stripesOf([bar(0, 10, 2), bar(1, 12, 2)], 100).length, 2)
})

test('wide bars that touch are separate', async t => {
  t.same(stripesOf([bar(0, 10, 10), bar(0, 20, 10)], 100).map(({ x, width }) => [x, width]), [[10, 9], [20, 9]])
})

test('of a lane of any number of bars, no more rectangles are drawn than it has px', async t => {
  const bars = Array.from({ length: 100_000 }, (_, index) => bar(0, index / 1_000, 2))
  t.equal(stripesOf(bars, 100).length, 1)
})
