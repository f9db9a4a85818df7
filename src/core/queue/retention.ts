import { type Calculation, isOpen } from './calculation.js'
import { memoryEstimateOf } from './memory-estimate.js'

interface Finished {
  readonly id: number
  readonly bytes: number
}

/**
 * What is unfinished, and in which order the rest has finished: for the limits on the one and the
 * retention of the other.
 */
export interface Retention {
  opened (calculation: Calculation): void
  finished (calculation: Calculation): void
  /**
   * Takes out what is more than so many finished expressions, or costs more than so many bytes; the one that finished
   * first before the others, and never the last.
   */
  beyond (most: number, mostBytes: number): Iterable<number>
  readonly openExpressions: number
  readonly openOperations: number
  /** What the open ones cost in memory. */
  readonly openBytes: number
}

/** Begins with what an earlier process left. */
export function createRetention (calculations: Iterable<Calculation>): Retention {
  /** In the order of finishing; those before `head` are gone. */
  let order: Finished[] = []
  let head = 0
  let finishedBytes = 0
  let openBytes = 0
  let openExpressions = 0
  let openOperations = 0

  const retention: Retention = {
    opened ({ source, tasks }) {
      openBytes += memoryEstimateOf(source, tasks.length)
      openExpressions++
      openOperations += tasks.length
    },

    finished (calculation) {
      openExpressions--
      openOperations -= calculation.tasks.length
      openBytes -= add(calculation)
    },

    * beyond (most, mostBytes) {
      while (order.length - head > (finishedBytes > mostBytes ? 1 : most)) {
        const { id, bytes } = order[head++]!
        finishedBytes -= bytes
        yield id
      }
      if (head > 1_024 && head * 2 > order.length) {
        order = order.slice(head)
        head = 0
      }
    },

    get openExpressions () {
      return openExpressions
    },

    get openOperations () {
      return openOperations
    },

    get openBytes () {
      return openBytes
    }
  }

  function add ({ id, source, tasks }: Calculation): number {
    const bytes = memoryEstimateOf(source, tasks.length)
    order.push({ id, bytes })
    finishedBytes += bytes
    return bytes
  }

  const finished: Calculation[] = []
  for (const calculation of calculations) {
    if (isOpen(calculation)) retention.opened(calculation)
    else finished.push(calculation)
  }
  finished.sort((one, other) => one.finishedAt! - other.finishedAt! || one.id - other.id)
  for (const calculation of finished) add(calculation)
  return retention
}
