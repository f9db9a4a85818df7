import { test } from 'tap'
import { figuresOf } from '../../../src/page/model/figures.js'
import { lanesOf } from '../../../src/page/model/lanes.js'
import { START_MS, at, calculation, done, earlier, operation } from './history.js'

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
  t.match(figuresAt(150), { elapsedMs: 150, lanes: 2, lost: 1, speedUp: 100 / 150, utilisation: 150 / 300 })
  t.match(figuresAt(300), { elapsedMs: 300, lanes: 2, lost: 1, speedUp: 1, utilisation: 300 / 600 })
  t.match(figuresAt(9_000), { elapsedMs: 300 }, 'the time ends with the expression')
})

test('the shortest possible time is the span, or an even share of the work', async t => {
  t.equal(figuresAt(300).boundMs, 200)
  t.equal(figuresAt(-1).boundMs, 150)
})

test('before the first claim there is nothing to divide by', async t => {
  t.match(figuresAt(-1), { elapsedMs: null, speedUp: null, utilisation: null, lanes: 0 })
  t.match(figuresAt(0), { elapsedMs: 0, speedUp: null, utilisation: null })
})
