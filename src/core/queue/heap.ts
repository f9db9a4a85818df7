/** An item of a heap. It is in one heap at a time, which alone writes its index. */
export interface HeapItem {
  /** NOT_IN_HEAP while it is in none. */
  heapIndex: number
}

export const NOT_IN_HEAP = -1

export type Heap<T extends HeapItem> = ReturnType<typeof createHeap<T>>

/**
 * A binary heap whose items can be moved and removed from anywhere: deadlines and schedule hold as many items as there
 * is live work, not as many as there ever were. All operations but `peek` take O(log n).
 *
 * The items hold their own indices. A Map beside the heap costs as much as the rest of a claim together.
 *
 * @param before whether the first item is nearer to the top; a strict order
 */
export function createHeap<T extends HeapItem> (before: (one: T, other: T) => boolean) {
  const items: T[] = []

  function set (index: number, item: T): void {
    items[index] = item
    item.heapIndex = index
  }

  function rise (index: number, item: T): number {
    while (index > 0) {
      const above = (index - 1) >> 1
      const parent = items[above]!
      if (!before(item, parent)) break
      set(index, parent)
      index = above
    }
    set(index, item)
    return index
  }

  function sink (index: number, item: T): void {
    for (;;) {
      let below = 2 * index + 1
      if (below >= items.length) break
      if (below + 1 < items.length && before(items[below + 1]!, items[below]!)) below++
      const child = items[below]!
      if (!before(child, item)) break
      set(index, child)
      index = below
    }
    set(index, item)
  }

  /** Does nothing for an item that is not in the heap. */
  function remove (item: T): void {
    const index = item.heapIndex
    if (items[index] !== item) return
    item.heapIndex = NOT_IN_HEAP
    const last = items.pop()!
    if (index < items.length) sink(rise(index, last), last)
  }

  return {
    /** @throws RangeError for an item that is in a heap */
    push (item: T): void {
      if (item.heapIndex !== NOT_IN_HEAP) throw new RangeError('The item is in a heap already')
      rise(items.length, item)
    },

    peek: (): T | undefined => items[0],

    pop (): T | undefined {
      const top = items[0]
      if (top !== undefined) remove(top)
      return top
    },

    /** Moves the item after its rank has changed. */
    update (item: T): void {
      if (items[item.heapIndex] === item) sink(rise(item.heapIndex, item), item)
    },

    remove,

    get size (): number {
      return items.length
    }
  }
}
