import fc from 'fast-check'
import { test } from 'tap'
import { type HeapItem, NOT_IN_HEAP, createHeap } from '../../../src/core/queue/heap.js'

interface Item extends HeapItem {
  rank: number
}

function itemOf (rank: number): Item {
  return { rank, heapIndex: NOT_IN_HEAP }
}

type Step =
  | { readonly do: 'push', readonly rank: number }
  | { readonly do: 'pop' }
  | { readonly do: 'remove', readonly pick: number }
  | { readonly do: 'update', readonly pick: number, readonly rank: number }

// Few ranks, so that many items are equal.
const rank = fc.nat(12)
const pick = fc.nat(1_000)
const steps: fc.Arbitrary<Step[]> = fc.array(fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('push' as const), rank }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('pop' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('remove' as const), pick }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('update' as const), pick, rank }) }
), { maxLength: 120, size: 'max' })

const byRank = (one: Item, other: Item): boolean => one.rank < other.rank

/** A list that is sorted anew whenever somebody looks. */
function lowest (items: Set<Item>): number | undefined {
  return [...items].map(({ rank }) => rank).sort((one, other) => one - other)[0]
}

test('the top is what a sorted list has first, whatever is pushed, popped, removed and moved', async t => {
  let largest = 0
  fc.assert(fc.property(steps, list => {
    const heap = createHeap(byRank)
    const model = new Set<Item>()
    /** Those that are out again too. */
    const all: Item[] = []

    function popBoth (): void {
      const expected = lowest(model)
      const top = heap.pop()
      if (top?.rank !== expected) throw new Error(`popped ${top?.rank}, not ${expected}`)
      if (top !== undefined && !model.delete(top)) throw new Error('popped what was not in')
    }

    for (const step of list) {
      if (step.do === 'push') {
        const item = itemOf(step.rank)
        model.add(item)
        all.push(item)
        heap.push(item)
      } else if (step.do === 'pop') {
        popBoth()
      } else {
        const item = all[step.pick % (all.length || 1)]
        if (item === undefined) continue
        if (step.do === 'remove') {
          model.delete(item)
          heap.remove(item)
        } else {
          item.rank = step.rank
          heap.update(item)
        }
      }
      if (heap.size !== model.size) throw new Error(`size ${heap.size}, not ${model.size}`)
      if (heap.peek()?.rank !== lowest(model)) throw new Error(`top ${heap.peek()?.rank}, not ${lowest(model)}`)
      largest = Math.max(largest, heap.size)
    }
    while (model.size > 0) popBoth()
    if (heap.pop() !== undefined || heap.size !== 0) throw new Error('something is left')
  }), { numRuns: 1_000 })
  t.ok(largest > 15, 'the heaps had several levels')
})

test('items come out in their order', async t => {
  const heap = createHeap(byRank)
  for (const rank of [5, 0, 3, 9, 1, 4]) heap.push(itemOf(rank))
  t.same(Array.from({ length: 7 }, () => heap.pop()?.rank), [0, 1, 3, 4, 5, 9, undefined])
})

test('an item stands in one heap at a time', async t => {
  const [one, other] = [createHeap(byRank), createHeap(byRank)]
  const item = itemOf(1)
  one.push(item)
  t.throws(() => one.push(item), RangeError)
  t.throws(() => other.push(item), RangeError)
  other.push(itemOf(1))
  other.remove(item)
  t.equal(other.size, 1, 'at the same place, and another one')
})

test('what is not in can be neither removed nor moved', async t => {
  const heap = createHeap(byRank)
  const [inside, outside] = [itemOf(2), itemOf(1)]
  heap.push(inside)
  heap.remove(outside)
  heap.update(outside)
  t.equal(heap.size, 1)
  t.equal(heap.peek(), inside)
  heap.remove(inside)
  heap.remove(inside)
  t.equal(heap.size, 0)
  t.equal(heap.peek(), undefined)
})

test('an item that was taken out can be put in again', async t => {
  const heap = createHeap(byRank)
  const item = itemOf(1)
  heap.push(item)
  t.equal(heap.pop(), item)
  heap.push(itemOf(2))
  heap.push(item)
  t.equal(heap.size, 2)
  t.equal(heap.pop(), item)
})
