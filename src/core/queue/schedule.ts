import type { Calculation } from './calculation.js'
import { type Heap, type HeapItem, NOT_IN_HEAP, createHeap } from './heap.js'
import { type Ready, addAllReady, addReady, precedes, removeReady } from './ready-heap.js'

/**
 * Who is served next. Calculations with ready work stand in a line. The first one that has work
 * the claimant can do gives its operation with the longest remaining path (the earlier one among
 * equals) and goes to the end of the line; so a calculation of 100,000 operations delays a small
 * one by one turn, and inside one calculation the order is Hu's (1961), which keeps the makespan
 * of list scheduling near the critical path.
 *
 * Ready work is indexed by symbol: a `sin` at the head does not stand in the way of an agent that
 * only adds, and finding that out costs one look per symbol however long the line is.
 */
export interface Schedule {
  /** The operation became ready. A calculation that had no ready work joins at the end. */
  add (calculation: Calculation, index: number): void
  /** All of these operations of one symbol did, which stand in the order in which they are to be served. */
  addAll (calculation: Calculation, symbol: string, indices: ArrayLike<number>): void
  /**
   * Takes the next operation for somebody who can do `symbols` out of the line; null when there is none, or when its
   * turn has come and it takes longer than `longestMs`.
   */
  next (symbols: readonly string[], longestMs?: number): Turn | null
  /** The operation is ready no more, though nobody claimed it. */
  remove (calculation: Calculation, index: number): void
  /** The calculation is over. */
  leave (calculation: Calculation): void
}

export interface CountedSchedule extends Schedule {
  /** How many operations are in the line, by symbol; symbols without any are left out. */
  counts (): Map<string, number>
}

export interface Turn {
  readonly calculation: Calculation
  readonly index: number
}

/** A calculation's place in the line, from its first ready operation to its end. */
interface Standing {
  readonly calculation: Calculation
  /** Few, so they are searched one by one. */
  readonly lanes: Lane[]
  /** Operations in the line. */
  size: number
  /** Counts up over all turns; the smallest is the head of the line. */
  turn: number
}

/** Everything that is ready of one symbol. */
interface Queue {
  readonly symbol: string
  /** The lanes that have work, in the order of the line. */
  readonly lanes: Heap<Lane>
  size: number
}

/** The ready operations of one symbol of one calculation. */
interface Lane extends HeapItem {
  readonly standing: Standing
  readonly queue: Queue
  readonly ready: Ready
}

export function createSchedule (): CountedSchedule {
  const standings = new Map<Calculation, Standing>()
  const queues = new Map<string, Queue>()
  let turns = 0

  function queueOf (symbol: string): Queue {
    let queue = queues.get(symbol)
    if (queue === undefined) {
      queue = { symbol, lanes: createHeap(standsBefore), size: 0 }
      queues.set(symbol, queue)
    }
    return queue
  }

  function standingOf (calculation: Calculation): Standing {
    let standing = standings.get(calculation)
    if (standing === undefined) {
      standing = { calculation, lanes: [], size: 0, turn: 0 }
      standings.set(calculation, standing)
    }
    return standing
  }

  function laneOf (standing: Standing, symbol: string): Lane {
    let lane = standing.lanes.find(({ queue }) => queue.symbol === symbol)
    if (lane === undefined) {
      lane = { standing, queue: queueOf(symbol), ready: [], heapIndex: NOT_IN_HEAP }
      standing.lanes.push(lane)
    }
    return lane
  }

  /** The lane for so many more operations of the symbol. */
  function join (calculation: Calculation, symbol: string, more: number): Lane {
    const standing = standingOf(calculation)
    if (standing.size === 0) standing.turn = ++turns
    const lane = laneOf(standing, symbol)
    lane.queue.size += more
    standing.size += more
    return lane
  }

  function take (lane: Lane, index: number): void {
    const { standing, queue, ready } = lane
    if (!removeReady(ready, standing.calculation.plan.operations, index)) return
    if (ready.length === 0) queue.lanes.remove(lane)
    queue.size--
    standing.size--
  }

  function moveToEnd (standing: Standing): void {
    standing.turn = ++turns
    for (const lane of standing.lanes) lane.queue.lanes.update(lane)
  }

  return {
    add (calculation, index) {
      const { operations } = calculation.plan
      const lane = join(calculation, operations.at(index)!.symbol, 1)
      addReady(lane.ready, operations, index)
      if (lane.heapIndex === NOT_IN_HEAP) lane.queue.lanes.push(lane)
    },

    addAll (calculation, symbol, indices) {
      const lane = join(calculation, symbol, indices.length)
      addAllReady(lane.ready, calculation.plan.operations, indices)
      if (lane.heapIndex === NOT_IN_HEAP) lane.queue.lanes.push(lane)
    },

    next (symbols, longestMs = Infinity) {
      let head: Standing | undefined
      for (const { symbol, lanes } of queues.values()) {
        const standing = lanes.peek()?.standing
        if (standing === undefined || (head !== undefined && head.turn < standing.turn)) continue
        if (symbols.includes(symbol)) head = standing
      }
      if (head === undefined) return null

      const { calculation } = head
      const { operations } = calculation.plan
      let best: Lane | undefined
      for (const lane of head.lanes) {
        const [index] = lane.ready
        if (index === undefined || (best !== undefined && !precedes(operations, index, best.ready[0]!))) continue
        if (symbols.includes(lane.queue.symbol)) best = lane
      }
      const index = best!.ready[0]!
      if (operations.at(index)!.timeMs > longestMs) return null
      take(best!, index)
      moveToEnd(head)
      return { calculation, index }
    },

    remove (calculation, index) {
      const { symbol } = calculation.plan.operations.at(index)!
      const lane = standings.get(calculation)?.lanes.find(({ queue }) => queue.symbol === symbol)
      if (lane !== undefined) take(lane, index)
    },

    leave (calculation) {
      for (const lane of standings.get(calculation)?.lanes ?? []) {
        lane.queue.lanes.remove(lane)
        lane.queue.size -= lane.ready.length
      }
      standings.delete(calculation)
    },

    counts: () => new Map([...queues].flatMap(([symbol, { size }]) => size > 0 ? [[symbol, size] as const] : []))
  }
}

/** Its turn comes earlier. */
function standsBefore (one: Lane, other: Lane): boolean {
  return one.standing.turn < other.standing.turn
}
