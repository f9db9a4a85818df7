/** What a heap holds. It belongs to one heap at a time, which alone writes its place. */
export interface HeapItem {
  /** Where it stands; OUTSIDE while it is in no heap. */
  heapIndex: number
}

export const NOT_IN_HEAP = -1

/**
 * A binary heap whose items can be moved and taken out wherever they stand: the queue's leases and
 * lines hold as many items as there is live work, not as many as there ever was.
 *
 * The places are kept in the items. In a Map beside the heap they cost as much as everything else
 * of a claim together.
 */
export interface Heap<T extends HeapItem> {
  /** @throws RangeError when it is in a heap already */
  push (item: T): void
  peek (): T | undefined
  pop (): T | undefined
  /** After the item's rank has changed. */
  update (item: T): void
  /** Takes the item out; nothing happens when it is not in. */
  remove (item: T): void
  readonly size: number
}

/**
 * @param before true when the first stands nearer to the top than the second; a strict order.
 * All operations but `peek` take O(log n).
 */
export function createHeap<T extends HeapItem> (before: (one: T, other: T) => boolean): Heap<T> {
  const items: T[] = []

  function set (place: number, item: T): void {
    items[place] = item
    item.heapIndex = place
  }

  function rise (place: number, item: T): number {
    while (place > 0) {
      const above = (place - 1) >> 1
      const parent = items[above]!
      if (!before(item, parent)) break
      set(place, parent)
      place = above
    }
    set(place, item)
    return place
  }

  function sink (place: number, item: T): void {
    for (;;) {
      let below = 2 * place + 1
      if (below >= items.length) break
      if (below + 1 < items.length && before(items[below + 1]!, items[below]!)) below++
      const child = items[below]!
      if (!before(child, item)) break
      set(place, child)
      place = below
    }
    set(place, item)
  }

  function remove (item: T): void {
    const { heapIndex: place } = item
    if (items[place] !== item) return
    item.heapIndex = NOT_IN_HEAP
    const last = items.pop()!
    if (place < items.length) sink(rise(place, last), last)
  }

  return {
    push (item) {
      if (item.heapIndex !== NOT_IN_HEAP) throw new RangeError('The item is in a heap already')
      rise(items.length, item)
    },

    peek: () => items[0],

    pop () {
      const top = items[0]
      if (top !== undefined) remove(top)
      return top
    },

    update (item) {
      if (items[item.heapIndex] === item) sink(rise(item.heapIndex, item), item)
    },

    remove,

    get size () {
      return items.length
    }
  }
}
