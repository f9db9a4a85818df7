import type { SourceRange } from '../language/syntax.js'

/**
 * A plan: what has to be computed, in dependency order. Every operation has two operands, each a
 * number or an earlier operation (an operation of one operand has 0 for its second). Flat lists of
 * indices and no nesting, so that nothing that walks a plan needs recursion.
 */
export interface Plan {
  readonly operations: OperationList
  /** The operation that gives the result, or a number if there is nothing to compute. */
  readonly result: Operand
  readonly effort: Effort
  /** The effort as written, before the passes; the same object if they changed nothing. */
  readonly before: Effort
  /**
   * Source ranges of the operations: position and length of the first, of the second, and so on (`sourceRangeOf`). A
   * flat list of integers, because a plan may have 200,000 operations. Absent where the operations come from no text.
   */
  readonly ranges?: ArrayLike<number>
  /** Present for a large plan, so that the event loop need not walk through it. */
  readonly precomputed?: Precomputed
}

/** The operations of a plan by index. An array is one; a large plan has columns instead (`columns.ts`). */
export interface OperationList extends Iterable<Operation> {
  readonly length: number
  at (index: number): Operation | undefined
  slice (start?: number, end?: number): readonly Operation[]
}

export interface Precomputed extends InitialOperations {
  /** The indices of all operations, the longest path first, the earlier operation among equals. */
  readonly byPath: Uint32Array
}

/** The operations that a plan begins with. */
export interface InitialOperations {
  /** Operations whose operands are numbers, by symbol; each list as `byPath` has them. */
  readonly ready: ReadonlyMap<string, ArrayLike<number>>
  /** The first of these that has no result, as its operands show; null for none. */
  readonly refused: number | null
}

/** A plan whose operations are an array. */
export interface ListedPlan extends Plan {
  readonly operations: readonly Operation[]
}

/** How long a plan takes, in ms. */
export interface Effort {
  /** One agent alone: the sum of all times (T₁). */
  readonly workMs: number
  /** Any number of agents: the longest chain of operations that wait for one another (T∞). */
  readonly spanMs: number
}

export interface Operation {
  /** A symbol of the operations table. */
  readonly symbol: string
  readonly left: Operand
  readonly right: Operand
  /** How long it takes, frozen at submit. */
  readonly timeMs: number
  /** From the start of this operation to the end of the plan along the longest path. */
  readonly pathMs: number
  /** The operations that wait for this one; one that takes it twice is named twice. */
  readonly dependents: readonly number[]
}

export type Operand = number | OperationRef

export interface OperationRef {
  /** Index of an earlier operation of the same plan. */
  readonly of: number
}

/** An operation without what follows from the rest of the plan: what the planner makes and a store keeps. */
export interface OperationSeed extends Pick<Operation, 'symbol' | 'left' | 'right' | 'timeMs'> {
  /** The range of its sign or name in the text. */
  readonly range?: SourceRange | undefined
}

/** The source range of the operation with this index; null where it has none. */
export function sourceRangeOf ({ ranges }: Pick<Plan, 'ranges'>, index: number): SourceRange | null {
  const position = ranges?.[2 * index]
  const length = ranges?.[2 * index + 1]
  return position === undefined || length === undefined ? null : { position, length }
}

/** Number of operands that are not known before other operations are done: 0, 1 or 2. */
export function missingOperands (operation: Operation): number {
  return Number(typeof operation.left !== 'number') + Number(typeof operation.right !== 'number')
}

/** How many times faster than one agent any number of agents can be (T₁/T∞); 1 where nothing takes any time. */
export function parallelismOf ({ workMs, spanMs }: Effort): number {
  return spanMs === 0 ? 1 : workMs / spanMs
}

/**
 * Derives what follows from the operations alone: dependents, each one's longest remaining path,
 * and the effort. (The path is Hu's level, 1961, with times instead of ones.) Linear in time.
 *
 * @param before The effort before the passes, where they changed it.
 * @param ranges As in the plan, where the seeds do not have them.
 * @throws RangeError when an operand does not name an earlier operation.
 */
export function createPlan (
  seeds: readonly OperationSeed[], result: Operand, before?: Effort, ranges: Plan['ranges'] = rangesOf(seeds)
): ListedPlan {
  const dependents: number[][] = seeds.map(() => [])
  seeds.forEach((seed, index) => {
    for (const operand of [seed.left, seed.right]) {
      if (typeof operand === 'number') continue
      const list = operand.of < index ? dependents[operand.of] : undefined
      if (list === undefined) {
        throw new RangeError(`Operation ${index} takes operation ${operand.of}, which is not before it`)
      }
      list.push(index)
    }
  })
  if (typeof result !== 'number' && seeds[result.of] === undefined) {
    throw new RangeError(`The result is operation ${result.of}, which does not exist`)
  }

  const pathMs = new Float64Array(seeds.length)
  let workMs = 0
  let spanMs = 0
  for (let index = seeds.length - 1; index >= 0; index--) {
    let after = 0
    for (const dependent of dependents[index]!) after = Math.max(after, pathMs[dependent]!)
    const { timeMs } = seeds[index]!
    pathMs[index] = after + timeMs
    workMs += timeMs
    spanMs = Math.max(spanMs, after + timeMs)
  }

  const operations = seeds.map(({ symbol, left, right, timeMs }, index): Operation =>
    ({ symbol, left, right, timeMs, pathMs: pathMs[index]!, dependents: dependents[index]! }))
  const effort = { workMs, spanMs }
  const plan = { operations, result, effort, before: before === undefined || isEqual(before, effort) ? effort : before }
  return ranges === undefined ? plan : { ...plan, ranges }
}

/** Undefined unless every operation has a range. */
function rangesOf (seeds: readonly OperationSeed[]): readonly number[] | undefined {
  const ranges: number[] = []
  for (const { range } of seeds) {
    if (range === undefined) return undefined
    ranges.push(range.position, range.length)
  }
  return seeds.length === 0 ? undefined : ranges
}

function isEqual (one: Effort, other: Effort): boolean {
  return one.workMs === other.workMs && one.spanMs === other.spanMs
}
