import fc from 'fast-check'
import { test } from 'tap'
import { createChangeOrder } from '../../../src/core/queue/change-order.js'

test('a read gives each key that has changed since, once, in the order of the last changes', async t => {
  fc.assert(fc.property(
    fc.array(fc.nat(40), { maxLength: 400 }), fc.nat(400), fc.integer({ min: 1, max: 50 }),
    fc.constantFrom(5, Infinity),
    (changes, since, limit, most) => {
      const order = createChangeOrder<number>(0, most)
      const latest = new Map<number, number>()
      for (const [index, key] of changes.entries()) {
        order.add(key, index + 1)
        latest.delete(key)
        latest.set(key, index + 1)
      }
      t.equal(order.last, changes.length)
      t.ok(order.from <= Math.max(0, changes.length - Math.min(most, latest.size)), 'the last ones are known')
      const from = Math.max(since, order.from)
      const wanted = [...latest].filter(([, revision]) => revision > from)
      const { keys, revision, isComplete } = order.since(from, limit)
      t.same(keys, wanted.slice(0, limit).map(([key]) => key))
      t.equal(isComplete, wanted.length <= limit)
      t.equal(revision, isComplete ? Math.max(from, changes.length) : wanted[limit - 1]![1])
    }), { numRuns: 300 })
})

test('a limited order forgets the first changes, and says so', async t => {
  const order = createChangeOrder<number>(0, 10)
  for (let key = 1; key <= 1_000; key++) order.add(key, key)
  t.ok(order.from >= 900)
  t.same(order.since(995, 100).keys, [996, 997, 998, 999, 1_000])
})
