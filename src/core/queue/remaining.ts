import type { Plan } from '../plan/plan.js'

/** The part of a calculation that counts here. */
interface Progressing {
  readonly plan: Plan
  /** Undefined for tasks that have not changed. */
  readonly tasks: ReadonlyArray<{ readonly state: string } | undefined>
  /** Number of completed tasks. */
  readonly completed: number
  readonly finishedAt: number | null
}

/** Plans with fewer operations are walked through, which costs less than remembering how far they are. */
const SMALL = 256

interface Progress {
  /** Operations, the longest path first. */
  readonly order: Uint32Array
  /** How many of these are completed, up to the first that is not. */
  done: number
}

const progresses = new WeakMap<Progressing, Progress>()

/**
 * The longest path through the operations that are not completed, in ms: what is left even with any number of agents,
 * leased operations counted in full. 0 for a final calculation.
 *
 * Over the life of a calculation all calls together cost n log n.
 */
export function remainingMs (calculation: Progressing): number {
  const { plan: { operations, effort, precomputed }, tasks, completed } = calculation
  if (calculation.finishedAt !== null) return 0
  if (completed === 0) return effort.spanMs
  if (operations.length < SMALL) {
    let longest = 0
    for (let index = 0; index < operations.length; index++) {
      if (tasks[index]?.state !== 'completed') longest = Math.max(longest, operations.at(index)!.pathMs)
    }
    return longest
  }

  let progress = progresses.get(calculation)
  if (progress === undefined) {
    progress = { order: precomputed?.byPath ?? byPath(calculation), done: 0 }
    progresses.set(calculation, progress)
  }
  const { order } = progress
  while (tasks[order[progress.done]!]?.state === 'completed') progress.done++
  const next = order[progress.done]
  return next === undefined ? 0 : operations.at(next)!.pathMs
}

function byPath ({ plan: { operations } }: Progressing): Uint32Array {
  const paths = Float64Array.from(operations, ({ pathMs }) => pathMs)
  return Uint32Array.from(paths.keys()).sort((one, other) => paths[other]! - paths[one]!)
}
