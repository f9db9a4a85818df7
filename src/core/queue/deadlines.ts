import { type Calculation, type Task, taskAt } from './calculation.js'
import type { Clock } from '../clock.js'
import { type HeapItem, NOT_IN_HEAP, createHeap } from './heap.js'

/**
 * Something that ends by itself: a task's lease, or the wait for a late result after the last one;
 * with index null, the time that the whole calculation may take.
 */
export interface Deadline extends HeapItem {
  readonly calculation: Calculation
  readonly index: number | null
  /** On the monotonic clock, in ms. */
  readonly deadline: number
  /** Counts up: of those that end at the same time, the one that was held first goes first. */
  readonly order: number
}

/** All holds, on one heap: no timer for each, and a settled task leaves nothing behind. */
export interface Deadlines {
  holdTask (calculation: Calculation, index: number, forMs: number): void
  holdCalculation (calculation: Calculation, forMs: number): void
  /** Nothing happens when it is not held. */
  letGo (what: Task | Calculation): void
  /** The one that ends first. */
  next (): Deadline | undefined
  /** In no particular order. */
  all (): Iterable<Deadline>
}

export function createDeadlines (clock: Clock): Deadlines {
  const heap = createHeap<Deadline>((one, other) =>
    one.deadline < other.deadline || (one.deadline === other.deadline && one.order < other.order))
  let holds = 0
  const held = new Map<Task | Calculation, Deadline>()

  function hold (what: Task | Calculation, calculation: Calculation, index: number | null, forMs: number): void {
    letGo(what)
    const fresh = { calculation, index, deadline: clock.monotonic() + forMs, order: ++holds, heapIndex: NOT_IN_HEAP }
    held.set(what, fresh)
    heap.push(fresh)
  }

  function letGo (what: Task | Calculation): void {
    const old = held.get(what)
    if (old === undefined) return
    held.delete(what)
    heap.remove(old)
  }

  return {
    holdTask: (calculation, index, forMs) => hold(taskAt(calculation, index), calculation, index, forMs),
    holdCalculation: (calculation, forMs) => hold(calculation, calculation, null, forMs),
    letGo,
    next: () => heap.peek(),
    all: () => held.values()
  }
}
