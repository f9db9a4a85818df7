import { groupReady } from './initial-operations.js'
import type { Effort, Operand, Operation, OperationList, Plan } from './plan.js'

/**
 * A plan as columns: arrays of numbers that pass from thread to thread without a copy, and that the garbage collector
 * does not scan. Measured with 200,000 operations: receiving a plan of objects takes 260 ms, receiving columns 0.1 ms.
 */
export interface PlanColumns {
  readonly symbols: readonly string[]
  /** Index in `symbols` of each operation's symbol. */
  readonly symbol: Uint8Array
  /** A number, or the index of an operation where `refers` says so. */
  readonly left: Float64Array
  readonly right: Float64Array
  /** `LEFT`, `RIGHT`, both, or 0. */
  readonly refers: Uint8Array
  readonly timeMs: Float64Array
  readonly pathMs: Float64Array
  /** The dependents of operation i are at `dependentsFrom[i]` up to `dependentsFrom[i + 1]`. */
  readonly dependents: Uint32Array
  readonly dependentsFrom: Uint32Array
  readonly byPath: Uint32Array
  readonly ready: ReadonlyMap<string, Uint32Array>
  readonly refused: number | null
  /** As in the plan; null where it has none. */
  readonly ranges: Uint32Array | null
  readonly result: Operand
  readonly effort: Effort
  /** Null where the passes changed nothing. */
  readonly before: Effort | null
}

const LEFT = 1
const RIGHT = 2

/** Plans with more operations are kept in columns; for smaller ones that saves less than a millisecond. */
export const COLUMNS_FROM = 4_096

export function toColumns ({ operations, ranges, result, effort, before }: Plan): PlanColumns {
  const { length } = operations
  const symbols = new Map<string, number>()
  const symbol = new Uint8Array(length)
  const [left, right, timeMs, pathMs] = [0, 0, 0, 0].map(() => new Float64Array(length)) as unknown as Numbers
  const refers = new Uint8Array(length)
  const dependentsFrom = new Uint32Array(length + 1)
  const dependents: number[] = []
  let index = 0
  for (const operation of operations) {
    const at = symbols.get(operation.symbol) ?? symbols.size
    symbols.set(operation.symbol, at)
    symbol[index] = at
    left[index] = numberIn(operation.left)
    right[index] = numberIn(operation.right)
    refers[index] = (typeof operation.left === 'number' ? 0 : LEFT) | (typeof operation.right === 'number' ? 0 : RIGHT)
    timeMs[index] = operation.timeMs
    pathMs[index] = operation.pathMs
    for (const dependent of operation.dependents) dependents.push(dependent)
    dependentsFrom[++index] = dependents.length
  }
  const byPath = Uint32Array.from(pathMs.keys()).sort((one, other) => pathMs[other]! - pathMs[one]! || one - other)
  const { ready, refused } = groupReady(index => operations.at(index)!, byPath.filter(index => refers[index] === 0))
  return {
    symbols: [...symbols.keys()],
    symbol,
    left,
    right,
    refers,
    timeMs,
    pathMs,
    dependents: Uint32Array.from(dependents),
    dependentsFrom,
    byPath,
    ready: new Map([...ready].map(([symbol, indices]) => [symbol, Uint32Array.from(indices)])),
    refused,
    ranges: ranges === undefined ? null : Uint32Array.from(ranges),
    result,
    effort,
    before: before === effort ? null : before
  }
}

type Numbers = [Float64Array, Float64Array, Float64Array, Float64Array]

function numberIn (operand: Operand): number {
  return typeof operand === 'number' ? operand : operand.of
}

/** The buffers to transfer when the columns go to another thread. */
export function buffersOf (columns: PlanColumns): ArrayBuffer[] {
  const { symbol, left, right, refers, timeMs, pathMs, dependents, dependentsFrom, byPath, ready, ranges } = columns
  const lists = [symbol, left, right, refers, timeMs, pathMs, dependents, dependentsFrom, byPath, ...ready.values()]
  return [...lists, ...ranges === null ? [] : [ranges]]
    .flatMap(({ buffer }) => buffer instanceof ArrayBuffer ? buffer : [])
}

/** Costs nearly nothing: an operation is created when it is read. */
export function fromColumns (columns: PlanColumns): Plan {
  const { result, effort, before, byPath, ready, refused, ranges } = columns
  return {
    operations: operationsOf(columns),
    result,
    effort,
    before: before ?? effort,
    precomputed: { byPath, ready, refused },
    ...ranges && { ranges }
  }
}

/** A large plan in columns, any other as it is. */
export function compacted (plan: Plan): Plan {
  return plan.operations.length > COLUMNS_FROM ? fromColumns(toColumns(plan)) : plan
}

function operationsOf (columns: PlanColumns): OperationList {
  const { symbols, symbol, left, right, refers, timeMs, pathMs, dependents, dependentsFrom } = columns
  const { length } = symbol

  function operand (numbers: Float64Array, index: number, side: number): Operand {
    return (refers[index]! & side) === 0 ? numbers[index]! : { of: numbers[index]! }
  }

  // A loop takes a fifth of the time of a subarray, since nearly every operation has one.
  function dependentsOf (index: number): number[] {
    const list: number[] = []
    for (let at = dependentsFrom[index]!; at < dependentsFrom[index + 1]!; at++) list.push(dependents[at]!)
    return list
  }

  function at (index: number): Operation | undefined {
    if (!(index >= 0 && index < length)) return undefined
    return {
      symbol: symbols[symbol[index]!]!,
      left: operand(left, index, LEFT),
      right: operand(right, index, RIGHT),
      timeMs: timeMs[index]!,
      pathMs: pathMs[index]!,
      dependents: dependentsOf(index)
    }
  }

  function * range (start: number, end: number): Generator<Operation> {
    for (let index = start; index < Math.min(end, length); index++) yield at(index)!
  }

  return {
    length,
    at,
    slice: (start = 0, end = length) => [...range(start, end)],
    [Symbol.iterator]: () => range(0, length)
  }
}
