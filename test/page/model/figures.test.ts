import fc from 'fast-check'
import { test } from 'tap'
import { figuresOf, slotsOf } from '../../../src/page/model/figures.js'
import { lanesOf } from '../../../src/page/model/lanes.js'
import { START_MS, at, calculation, done, earlier, finishedCalculation, operation, toldAt } from './history.js'

const effort = { work_ms: 400, span_ms: 150, parallelism: 400 / 150 }

function figuresAt (ms: number) {
  const lost = { ...done('b', 200, 300), attempt: 2, earlier_attempts: [earlier('b', 0, 100, 'expired')] }
  const drawn = calculation(
    [operation(1, done('a', 0, 100)), operation(2, done('a', 100, 200)), operation(3, lost)],
    { status: 'completed', finished_at: at(300), plan: { ...effort, before: effort } }
  )
  return figuresOf(drawn, lanesOf(drawn), START_MS + ms)
}

test('the figures are those of the moment', async t => {
  t.match(figuresAt(150), { elapsedMs: 150, slots: 1, lost: 1, speedUp: null, busy: 1, utilisation: 1 })
  t.match(figuresAt(300), { elapsedMs: 300, slots: 2, lost: 1, speedUp: 400 / 300, busy: 1, utilisation: 0.5 })
  t.match(figuresAt(9_000), { elapsedMs: 300 }, 'the time ends with the expression')
})

test('the shortest possible time is the span, or an even share of the work', async t => {
  t.equal(figuresAt(300).boundMs, 200)
  t.equal(figuresAt(-1).boundMs, 150)
})

test('an expression that has finished without an attempt had no time to be short of', async t => {
  const drawn = calculation([operation(1, { state: 'failed' })], { status: 'failed', finished_at: at(10) })
  t.match(figuresOf(drawn, [], START_MS + 5), { boundMs: 100 })
  t.match(figuresOf(drawn, [], START_MS + 10), { boundMs: 0, elapsedMs: null, speedUp: null, slots: 0 })
})

test('before the first claim there is nothing to divide by', async t => {
  t.match(figuresAt(-1), { elapsedMs: null, speedUp: null, busy: null, utilisation: null, slots: 0 })
  t.match(figuresAt(0), { elapsedMs: 0, speedUp: null, busy: null, utilisation: null })
})

test('the speed-up of a completed expression is at most what its plan can give', async t => {
  const wide = Array.from({ length: 5 }, (_, index) => operation(index + 1, done(`agent-${index}`, 0, 100)))
  const plan = { work_ms: 600, span_ms: 200, parallelism: 3 }
  const changes = { status: 'completed', finished_at: at(200), plan: { ...plan, before: plan } } as const
  const drawn = calculation([...wide, operation(6, done('agent-0', 100, 200))], changes)
  const figures = (ms: number) => figuresOf(drawn, lanesOf(drawn), START_MS + ms)
  t.match(figures(100), { busy: 5, speedUp: null, mostSpeedUp: 3 }, 'five at work are no speed-up of the whole')
  t.match(figures(200), { busy: 3, speedUp: 3, mostSpeedUp: 3 })
})

test('an agent that was killed, and the one in its place, have slots of one', async t => {
  const killed = { attempt: 2, earlier_attempts: [earlier('old', 100, 400, 'expired')] }
  const drawn = calculation([
    operation(1, done('old', 0, 100)), operation(2, { ...done('new', 400, 500), ...killed }),
    operation(3, { ...done('new', 500, 600), ...killed }), operation(4, done('new', 200, 500))
  ], { status: 'completed', finished_at: at(600) })
  const slots = (ms: number) => slotsOf(lanesOf(drawn), START_MS + ms)
  t.equal(slots(-1), 0)
  t.equal(slots(50), 1)
  t.equal(slots(300), 3, 'before the leases expire, the old one may be there')
  t.equal(slots(600), 2)
  t.equal(figuresOf(drawn, lanesOf(drawn), START_MS + 600).boundMs, 200)
})

test('no more slots are at work than there are, and a replay has the figures of the live view', async t => {
  fc.assert(fc.property(finishedCalculation, fc.nat(1_000), (record, ms) => {
    const atMs = Math.min(START_MS + ms, record.finishedMs!)
    const { busy, slots, ...others } = figuresOf(record, lanesOf(record), atMs)
    t.ok((busy ?? 0) <= slots + 1e-9, `${busy} of ${slots}`)
    if (atMs === record.finishedMs) return
    const told = toldAt(record, atMs - START_MS)
    t.match(figuresOf(told, lanesOf(told), atMs), { busy, slots, ...others })
  }), { numRuns: 300 })
})
