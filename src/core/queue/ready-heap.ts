import type { OperationList } from '../plan/plan.js'

/**
 * Ready operations of one plan, as indices: a binary heap in a plain array, the first to be claimed on top. There is
 * one for each symbol of each calculation, nearly all with one or two operations, so it is an array and nothing else.
 */
export type ReadyHeap = number[]

/** A strict order: the longest remaining path first (Hu, 1961), the earlier operation among equals. */
export function precedes (operations: OperationList, one: number, other: number): boolean {
  const longer = operations.at(one)!.pathMs - operations.at(other)!.pathMs
  return longer > 0 || (longer === 0 && one < other)
}

/** Adds operations in the order of `precedes`. O(n) for an empty heap, because their order is a heap already. */
export function addAllReady (heap: ReadyHeap, operations: OperationList, indices: ArrayLike<number>): void {
  const isSorted = heap.length === 0
  for (let at = 0; at < indices.length; at++) {
    if (isSorted) heap.push(indices[at]!)
    else addReady(heap, operations, indices[at]!)
  }
}

/** O(log n). */
export function addReady (heap: ReadyHeap, operations: OperationList, index: number): void {
  heap.push(index)
  rise(heap, operations, heap.length - 1)
}

/**
 * O(log n) at the top, where claims take from; O(n) elsewhere, for the result of a task that was not claimed.
 *
 * @returns whether it was in the heap
 */
export function removeReady (heap: ReadyHeap, operations: OperationList, index: number): boolean {
  const at = heap.indexOf(index)
  if (at === -1) return false
  const last = heap.pop()!
  if (at === heap.length) return true
  heap[at] = last
  sink(heap, operations, at)
  rise(heap, operations, at)
  return true
}

function rise (heap: ReadyHeap, operations: OperationList, from: number): void {
  const index = heap[from]!
  let at = from
  while (at > 0) {
    const above = (at - 1) >> 1
    if (!precedes(operations, index, heap[above]!)) break
    heap[at] = heap[above]!
    at = above
  }
  heap[at] = index
}

function sink (heap: ReadyHeap, operations: OperationList, from: number): void {
  const index = heap[from]!
  let at = from
  for (;;) {
    let below = 2 * at + 1
    if (below >= heap.length) break
    if (below + 1 < heap.length && precedes(operations, heap[below + 1]!, heap[below]!)) below++
    if (!precedes(operations, heap[below]!, index)) break
    heap[at] = heap[below]!
    at = below
  }
  heap[at] = index
}
