import type { Plan } from '../plan/plan.js'

/** What counts of a calculation here. */
interface UnderWay {
  readonly plan: Plan
  /** Undefined for those to which nothing has happened. */
  readonly tasks: ReadonlyArray<{ readonly state: string } | undefined>
  /** How many tasks are completed. */
  readonly completed: number
  readonly finishedAt: number | null
}

/** A calculation with fewer operations is walked through, which costs less than remembering anything. */
const SMALL = 256

/** For a calculation that was asked for: its operations by falling path, and how far all are done. */
interface Progress {
  readonly order: Uint32Array
  done: number
}

const progresses = new WeakMap<UnderWay, Progress>()

/**
 * The longest path through the operations that are not done yet, in ms: what is left even with any
 * number of agents, the one at work counted in full. 0 when the calculation is over.
 *
 * Over the life of a calculation all calls together cost n log n, however often it is asked for.
 */
export function remainingMs (calculation: UnderWay): number {
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

function byPath ({ plan: { operations } }: UnderWay): Uint32Array {
  const paths = Float64Array.from(operations, ({ pathMs }) => pathMs)
  return Uint32Array.from(paths.keys()).sort((one, other) => paths[other]! - paths[one]!)
}
