import fc from 'fast-check'
import { test } from 'tap'
import { type OperationSeed, createPlan } from '../../../src/core/plan/plan.js'
import { addReady, precedes, removeReady } from '../../../src/core/queue/ready-heap.js'

// Few times, so that many operations have equal paths.
const times = fc.array(fc.nat(3), { minLength: 1, maxLength: 40 })

/** At most one add for each operation, and removals at any place between. */
const steps = fc.array(fc.record({ add: fc.boolean(), pick: fc.nat(1_000) }), { maxLength: 80, size: 'max' })

function operationsOf (timesMs: readonly number[]) {
  const seeds = timesMs.map((timeMs): OperationSeed => ({ symbol: '+', left: 1, right: 2, timeMs }))
  return createPlan(seeds, 0).operations
}

test('the first is the one with the longest path, whatever is added and removed', async t => {
  let inner = 0
  fc.assert(fc.property(times, steps, (timesMs, list) => {
    const operations = operationsOf(timesMs)
    const waiting = timesMs.map((_, index) => index)
    const model: number[] = []
    const ready: number[] = []
    for (const { add, pick } of list) {
      if (add && waiting.length > 0) {
        const [index] = waiting.splice(pick % waiting.length, 1)
        model.push(index!)
        addReady(ready, operations, index!)
      } else if (!add && model.length > 0) {
        const [index] = model.splice(pick % model.length, 1)
        if (index !== ready[0]) inner++
        if (!removeReady(ready, operations, index!)) throw new Error('it was in')
        if (removeReady(ready, operations, index!)) throw new Error('it was in twice')
      }
      model.sort((one, other) => precedes(operations, one, other) ? -1 : 1)
      if (ready[0] !== model[0] || ready.length !== model.length) throw new Error(`${ready} for ${model}`)
    }
  }), { numRuns: 1_000 })
  t.ok(inner > 100, 'removed from below the top, too')
})

test('among equal paths the earlier operation goes first', async t => {
  const operations = operationsOf([1, 2, 2])
  t.equal(precedes(operations, 1, 0), true)
  t.equal(precedes(operations, 1, 2), true)
  t.equal(precedes(operations, 2, 1), false)
})
