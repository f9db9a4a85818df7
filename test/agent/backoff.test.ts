import { test } from 'tap'
import { fullJitter } from '../../src/agent/backoff.js'

const almostOne = (): number => 1 - Number.EPSILON

test('a delay lies anywhere between 0 and a bound that doubles up to the cap', async t => {
  const bounds = Array.from({ length: 8 }, (_, attempt) => Math.round(fullJitter(attempt, almostOne)))
  t.strictSame(bounds, [100, 200, 400, 800, 1600, 3200, 5000, 5000])
  t.equal(fullJitter(7, () => 0), 0)
  t.equal(fullJitter(1, () => 0.5), 100)
})

test('a delay stays finite after very many attempts', async t => {
  t.equal(fullJitter(5_000, () => 0.5), 2_500)
  t.equal(fullJitter(5_000, () => 0), 0)
})

test('base and cap can be chosen', async t => {
  t.equal(fullJitter(0, () => 0.5, { baseMs: 1_000, capMs: 4_000 }), 500)
  t.equal(fullJitter(9, () => 0.5, { baseMs: 1_000, capMs: 4_000 }), 2_000)
})
