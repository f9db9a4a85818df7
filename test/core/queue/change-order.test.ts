import fc from 'fast-check'
import { test } from 'tap'
import { createChangeOrder } from '../../../src/core/queue/change-order.js'

test('readers at different revisions know the last change of every key when their reads are complete', async t => {
  const step = fc.oneof(
    { weight: 5, arbitrary: fc.record({ change: fc.nat(15) }) },
    { weight: 2, arbitrary: fc.record({ reader: fc.nat(3), limit: fc.integer({ min: 1, max: 20 }) }) }
  )
  fc.assert(fc.property(fc.array(step, { maxLength: 300 }), steps => {
    const order = createChangeOrder<number>(0)
    const truth = new Map<number, number>()
    const readers = Array.from({ length: 4 }, () => ({ revision: 0, known: new Map<number, number>() }))
    let revision = 0
    for (const step of steps) {
      if ('change' in step) {
        truth.set(step.change, ++revision)
        order.add(step.change, revision)
        continue
      }
      const reader = readers[step.reader]!
      const read = order.since(reader.revision, step.limit)
      t.ok(read.keys.length <= step.limit)
      t.ok(read.revision >= reader.revision)
      t.equal(new Set(read.keys).size, read.keys.length, 'each key once')
      reader.revision = read.revision
      for (const key of read.keys) reader.known.set(key, truth.get(key)!)
      if (read.isComplete) t.strictSame(sorted(reader.known), sorted(truth))
    }
  }), { numRuns: 500 })
})

function sorted (map: ReadonlyMap<number, number>): Array<[number, number]> {
  return [...map].sort(([one], [other]) => one - other)
}

test('a key that changes often between two reads is recorded once', async t => {
  const order = createChangeOrder<string>(0)
  for (let revision = 1; revision <= 10; revision++) order.add('often', revision)
  order.add('once', 11)
  t.same(order.since(0, 1), { keys: ['often'], revision: 1, isComplete: false })
  order.add('often', 12)
  t.same(order.since(1, 10), { keys: ['once', 'often'], revision: 12, isComplete: true })
})

test('a limited order forgets the first changes, and says so', async t => {
  const order = createChangeOrder<number>(0, 10)
  for (let key = 1; key <= 1_000; key++) order.add(key, key)
  t.ok(order.from >= 900)
  t.same(order.since(995, 100).keys, [996, 997, 998, 999, 1_000])
})
