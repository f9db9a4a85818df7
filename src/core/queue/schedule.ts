import type { Calculation } from './calculation.js'
import { type Heap, type HeapItem, NOT_IN_HEAP, createHeap } from './heap.js'
import { type ReadyHeap, addAllReady, addReady, precedes, removeReady } from './ready-heap.js'

/** The next task to claim. */
export interface ScheduledTask {
  readonly calculation: Calculation
  readonly index: number
}

/** A calculation with its ready operations, from the first of them to its end. */
interface Entry {
  readonly calculation: Calculation
  /** Few, so they are searched one by one. */
  readonly lanes: Lane[]
  /** Ready operations in all lanes. */
  size: number
  /** Counts up over all turns; the calculation with the smallest one is next. */
  turn: number
}

/** All ready operations of one symbol. */
interface SymbolLanes {
  readonly symbol: string
  /** The lanes with ready operations, in the order of their turns. */
  readonly lanes: Heap<Lane>
  size: number
}

/** The ready operations of one symbol of one calculation. */
interface Lane extends HeapItem {
  readonly entry: Entry
  readonly all: SymbolLanes
  readonly ready: ReadyHeap
}

export type Schedule = ReturnType<typeof createSchedule>

/**
 * The order in which ready tasks are claimed. Calculations with ready operations take turns: the first one with an
 * operation that the claimant can do gives the one with the longest remaining path (the earlier one among equals) and
 * goes to the end. So a calculation of 100,000 operations delays a small one by one turn, and inside a calculation the
 * order is Hu's (1961), which keeps the makespan of list scheduling near the critical path.
 *
 * Ready operations are indexed by symbol: a `sin` that is next does not keep an agent that only adds from its work, and
 * finding the next one costs one look per symbol, however many calculations there are.
 */
export function createSchedule () {
  const entries = new Map<Calculation, Entry>()
  const bySymbol = new Map<string, SymbolLanes>()
  let turns = 0

  function lanesOf (symbol: string): SymbolLanes {
    let all = bySymbol.get(symbol)
    if (all === undefined) {
      all = { symbol, lanes: createHeap(comesBefore), size: 0 }
      bySymbol.set(symbol, all)
    }
    return all
  }

  function entryOf (calculation: Calculation): Entry {
    let entry = entries.get(calculation)
    if (entry === undefined) {
      entry = { calculation, lanes: [], size: 0, turn: 0 }
      entries.set(calculation, entry)
    }
    return entry
  }

  function laneOf (entry: Entry, symbol: string): Lane {
    let lane = entry.lanes.find(({ all }) => all.symbol === symbol)
    if (lane === undefined) {
      lane = { entry, all: lanesOf(symbol), ready: [], heapIndex: NOT_IN_HEAP }
      entry.lanes.push(lane)
    }
    return lane
  }

  /** The lane for `more` operations of the symbol. A calculation without ready operations joins at the end. */
  function join (calculation: Calculation, symbol: string, more: number): Lane {
    const entry = entryOf(calculation)
    if (entry.size === 0) entry.turn = ++turns
    const lane = laneOf(entry, symbol)
    lane.all.size += more
    entry.size += more
    return lane
  }

  function take (lane: Lane, index: number): void {
    const { entry, all, ready } = lane
    if (!removeReady(ready, entry.calculation.plan.operations, index)) return
    if (ready.length === 0) all.lanes.remove(lane)
    all.size--
    entry.size--
  }

  function moveToEnd (entry: Entry): void {
    entry.turn = ++turns
    for (const lane of entry.lanes) lane.all.lanes.update(lane)
  }

  return {
    /** The operation became ready. */
    add (calculation: Calculation, index: number): void {
      const { operations } = calculation.plan
      const lane = join(calculation, operations.at(index)!.symbol, 1)
      addReady(lane.ready, operations, index)
      if (lane.heapIndex === NOT_IN_HEAP) lane.all.lanes.push(lane)
    },

    /** Operations of one symbol became ready; they are given in the order of `precedes`. */
    addAll (calculation: Calculation, symbol: string, indices: ArrayLike<number>): void {
      const lane = join(calculation, symbol, indices.length)
      addAllReady(lane.ready, calculation.plan.operations, indices)
      if (lane.heapIndex === NOT_IN_HEAP) lane.all.lanes.push(lane)
    },

    /**
     * Takes the next operation for a claimant of these symbols; null when there is none, or when the next one takes
     * longer than `longestMs`.
     */
    next (symbols: readonly string[], longestMs = Infinity): ScheduledTask | null {
      let first: Entry | undefined
      for (const { symbol, lanes } of bySymbol.values()) {
        const entry = lanes.peek()?.entry
        if (entry === undefined || (first !== undefined && first.turn < entry.turn)) continue
        if (symbols.includes(symbol)) first = entry
      }
      if (first === undefined) return null

      const { calculation } = first
      const { operations } = calculation.plan
      let best: Lane | undefined
      for (const lane of first.lanes) {
        const [index] = lane.ready
        if (index === undefined || (best !== undefined && !precedes(operations, index, best.ready[0]!))) continue
        if (symbols.includes(lane.all.symbol)) best = lane
      }
      const index = best!.ready[0]!
      if (operations.at(index)!.timeMs > longestMs) return null
      take(best!, index)
      moveToEnd(first)
      return { calculation, index }
    },

    /** The operation is ready no more, though it was not claimed. */
    remove (calculation: Calculation, index: number): void {
      const { symbol } = calculation.plan.operations.at(index)!
      const lane = entries.get(calculation)?.lanes.find(({ all }) => all.symbol === symbol)
      if (lane !== undefined) take(lane, index)
    },

    /** The calculation is final. */
    leave (calculation: Calculation): void {
      for (const lane of entries.get(calculation)?.lanes ?? []) {
        lane.all.lanes.remove(lane)
        lane.all.size -= lane.ready.length
      }
      entries.delete(calculation)
    },

    /** Number of ready operations by symbol; symbols without any are left out. */
    counts: (): Map<string, number> =>
      new Map([...bySymbol].flatMap(([symbol, { size }]) => size > 0 ? [[symbol, size] as const] : []))
  }
}

function comesBefore (one: Lane, other: Lane): boolean {
  return one.entry.turn < other.entry.turn
}
