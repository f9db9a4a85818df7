import { type Calculation, type Task, taskAt } from './calculation.js'
import type { Clock } from '../clock.js'
import { type HeapItem, NOT_IN_HEAP, createHeap } from './heap.js'

/** When a task's lease ends, or the wait for its late result; with index null, the time of the whole calculation. */
export interface Deadline extends HeapItem {
  readonly calculation: Calculation
  readonly index: number | null
  /** On the monotonic clock, in ms. */
  readonly at: number
  /** Counts up: of deadlines at the same time, the one set first comes first. */
  readonly order: number
}

export type Deadlines = ReturnType<typeof createDeadlines>

/** All deadlines on one heap: no timer for each, and a cleared one leaves nothing behind. */
export function createDeadlines (clock: Pick<Clock, 'monotonic'>) {
  const heap = createHeap<Deadline>((one, other) =>
    one.at < other.at || (one.at === other.at && one.order < other.order))
  const deadlines = new Map<Task | Calculation, Deadline>()
  let count = 0

  function set (owner: Task | Calculation, calculation: Calculation, index: number | null, inMs: number): void {
    clear(owner)
    const deadline = { calculation, index, at: clock.monotonic() + inMs, order: ++count, heapIndex: NOT_IN_HEAP }
    deadlines.set(owner, deadline)
    heap.push(deadline)
  }

  /** Does nothing for one without a deadline. */
  function clear (owner: Task | Calculation): void {
    const deadline = deadlines.get(owner)
    if (deadline === undefined) return
    deadlines.delete(owner)
    heap.remove(deadline)
  }

  return {
    setTask: (calculation: Calculation, index: number, inMs: number) =>
      set(taskAt(calculation, index), calculation, index, inMs),
    setCalculation: (calculation: Calculation, inMs: number) => set(calculation, calculation, null, inMs),
    clear,
    next: (): Deadline | undefined => heap.peek(),
    /** In no particular order. */
    all: (): Iterable<Deadline> => deadlines.values()
  }
}
