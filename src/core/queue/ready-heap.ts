import type { OperationList } from '../plan/plan.js'

/**
 * Operations of one plan that are ready, as indices: a binary heap in a plain array, with the one
 * that goes first on top. There is one for each symbol of each calculation, nearly all of one or
 * two operations, so it is an array and nothing else.
 */
export type Ready = number[]

/** A strict order: the longest remaining path first (Hu, 1961), the earlier operation among equals. */
export function precedes (operations: OperationList, one: number, other: number): boolean {
  const longer = operations.at(one)!.pathMs - operations.at(other)!.pathMs
  return longer > 0 || (longer === 0 && one < other)
}

/** Takes many that stand in the order of `precedes`, which makes them a heap as they are: O(n) when it is empty. */
export function addAllReady (ready: Ready, operations: OperationList, indices: ArrayLike<number>): void {
  const isSorted = ready.length === 0
  for (let place = 0; place < indices.length; place++) {
    if (isSorted) ready.push(indices[place]!)
    else addReady(ready, operations, indices[place]!)
  }
}

/** Takes O(log n). */
export function addReady (ready: Ready, operations: OperationList, index: number): void {
  ready.push(index)
  rise(ready, operations, ready.length - 1)
}

/**
 * O(log n) at the top, where claims take from; O(n) elsewhere: a result that nobody had claimed.
 *
 * @returns whether it was in
 */
export function removeReady (ready: Ready, operations: OperationList, index: number): boolean {
  const place = ready.indexOf(index)
  if (place === -1) return false
  const last = ready.pop()!
  if (place === ready.length) return true
  ready[place] = last
  sink(ready, operations, place)
  rise(ready, operations, place)
  return true
}

function rise (ready: Ready, operations: OperationList, from: number): void {
  const index = ready[from]!
  let place = from
  while (place > 0) {
    const above = (place - 1) >> 1
    if (!precedes(operations, index, ready[above]!)) break
    ready[place] = ready[above]!
    place = above
  }
  ready[place] = index
}

function sink (ready: Ready, operations: OperationList, from: number): void {
  const index = ready[from]!
  let place = from
  for (;;) {
    let below = 2 * place + 1
    if (below >= ready.length) break
    if (below + 1 < ready.length && precedes(operations, ready[below + 1]!, ready[below]!)) below++
    if (!precedes(operations, ready[below]!, index)) break
    ready[place] = ready[below]!
    place = below
  }
  ready[place] = index
}
