import type { Calculation } from '../calculation.js'
import { type Heap, createHeap } from './heap.js'

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
export interface Line {
  /** The operation became ready. A calculation that had no ready work joins at the end. */
  add (calculation: Calculation, index: number): void
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

export interface CountedLine extends Line {
  /** How many operations are in the line, by symbol; symbols without any are left out. */
  counts (): Map<string, number>
}

export interface Turn {
  readonly calculation: Calculation
  readonly index: number
}

/** A calculation's place in the line. */
interface Standing {
  readonly calculation: Calculation
  readonly lanes: Map<string, Lane>
  /** Counts up over all turns; the smallest is the head of the line. */
  turn: number
}

/** Everything that is ready of one symbol. */
interface Queue {
  /** The lanes that have work, in the order of the line. */
  readonly lanes: Heap<Lane>
  size: number
}

/** The ready operations of one symbol of one calculation; never empty. */
interface Lane {
  readonly standing: Standing
  readonly ready: Heap<number>
}

export function createLine (): CountedLine {
  const standings = new Map<Calculation, Standing>()
  const queues = new Map<string, Queue>()
  let turns = 0

  function queueOf (symbol: string): Queue {
    let queue = queues.get(symbol)
    if (queue === undefined) {
      queue = { lanes: createHeap((one, other) => one.standing.turn < other.standing.turn), size: 0 }
      queues.set(symbol, queue)
    }
    return queue
  }

  function add (calculation: Calculation, index: number): void {
    let standing = standings.get(calculation)
    if (standing === undefined) standings.set(calculation, standing = { calculation, lanes: new Map(), turn: ++turns })
    const { symbol } = calculation.plan.operations[index]!
    const queue = queueOf(symbol)
    let lane = standing.lanes.get(symbol)
    if (lane === undefined) {
      lane = { standing, ready: createHeap((one, other) => precedes(calculation, one, other)) }
      standing.lanes.set(symbol, lane)
      queue.lanes.push(lane)
    }
    lane.ready.push(index)
    queue.size++
  }

  function remove (calculation: Calculation, index: number): void {
    const { symbol } = calculation.plan.operations[index]!
    const standing = standings.get(calculation)
    const lane = standing?.lanes.get(symbol)
    if (standing === undefined || lane === undefined) return
    const queue = queueOf(symbol)
    queue.size -= lane.ready.size
    lane.ready.remove(index)
    queue.size += lane.ready.size
    if (lane.ready.size > 0) return
    queue.lanes.remove(lane)
    standing.lanes.delete(symbol)
    if (standing.lanes.size === 0) standings.delete(calculation)
  }

  function moveToEnd (standing: Standing): void {
    standing.turn = ++turns
    for (const [symbol, lane] of standing.lanes) queueOf(symbol).lanes.update(lane)
  }

  return {
    add,
    remove,

    next (symbols, longestMs = Infinity) {
      let head: Standing | undefined
      for (const symbol of symbols) {
        const standing = queues.get(symbol)?.lanes.peek()?.standing
        if (standing !== undefined && (head === undefined || standing.turn < head.turn)) head = standing
      }
      if (head === undefined) return null

      const { calculation, lanes } = head
      let index: number | undefined
      for (const symbol of symbols) {
        const candidate = lanes.get(symbol)?.ready.peek()
        if (candidate === undefined) continue
        if (index === undefined || precedes(calculation, candidate, index)) index = candidate
      }
      if (index === undefined || calculation.plan.operations[index]!.timeMs > longestMs) return null
      remove(calculation, index)
      moveToEnd(head)
      return { calculation, index }
    },

    leave (calculation) {
      const standing = standings.get(calculation)
      if (standing === undefined) return
      for (const [symbol, lane] of standing.lanes) {
        const queue = queueOf(symbol)
        queue.lanes.remove(lane)
        queue.size -= lane.ready.size
      }
      standings.delete(calculation)
    },

    counts: () => new Map([...queues].flatMap(([symbol, { size }]) => size > 0 ? [[symbol, size] as const] : []))
  }
}

/** A strict order of the operations of one calculation: longest remaining path first. */
function precedes (calculation: Calculation, one: number, other: number): boolean {
  const { operations } = calculation.plan
  const longer = operations[one]!.pathMs - operations[other]!.pathMs
  return longer > 0 || (longer === 0 && one < other)
}
