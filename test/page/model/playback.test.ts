import { test } from 'tap'
import { LIVE, isMoving, lastMoment, playFrom, shownMoment } from '../../../src/page/model/playback.js'
import { ticksOf, timelineOf } from '../../../src/page/model/timeline.js'
import { START_MS, at, calculation, done, operation } from './history.js'

const open = calculation([operation(1)])
const finished = calculation([operation(1, done('a', 0, 1_000))], { status: 'completed', finished_at: at(1_000) })

test('live is the present of the server, or the end of a final expression', async t => {
  t.equal(shownMoment(LIVE, open, START_MS + 500, 0), START_MS + 500)
  t.equal(shownMoment(LIVE, finished, START_MS + 5_000, 0), START_MS + 1_000)
  t.equal(lastMoment(open, null), START_MS, 'before the server has told its time')
  t.ok(isMoving(LIVE, open, START_MS))
  t.notOk(isMoving(LIVE, finished, START_MS + 1_000))
})

test('a replay goes as fast as it is asked to, and stops at the end', async t => {
  const slow = playFrom(START_MS + 200, finished, 0.1, 10_000)
  t.equal(shownMoment(slow, finished, null, 11_000), START_MS + 300)
  t.equal(shownMoment(slow, finished, null, 99_000), START_MS + 1_000)
  t.ok(isMoving(slow, finished, START_MS + 300))
  t.notOk(isMoving(slow, finished, START_MS + 1_000))
})

test('at the end, play begins anew', async t => {
  const again = playFrom(START_MS + 1_000, finished, 1, 0)
  t.equal(shownMoment(again, finished, null, 0), START_MS)
})

test('a paused moment stays within the expression', async t => {
  t.equal(shownMoment({ mode: 'paused', atMs: 0 }, finished, null, 0), START_MS)
  t.equal(shownMoment({ mode: 'paused', atMs: START_MS + 10_000 }, finished, null, 0), START_MS + 1_000)
  t.notOk(isMoving({ mode: 'paused', atMs: START_MS }, open, START_MS))
})

test('a timeline holds the elapsed time and the shortest possible', async t => {
  const early = timelineOf(open, 400, START_MS + 100)
  t.equal(early.fromMs, START_MS)
  t.ok(early.toMs >= START_MS + 400)
  t.ok(timelineOf(open, 400, START_MS + 900).toMs >= START_MS + 900)
})

test('ticks are round times within the timeline', async t => {
  t.same(ticksOf({ fromMs: START_MS, toMs: START_MS + 1_040 }, 6), [0, 200, 400, 600, 800, 1_000])
  t.same(ticksOf({ fromMs: START_MS, toMs: START_MS + 9 }, 3), [0, 5])
})
