import { type Calculation, isOpen } from './calculation.js'
import { memoryEstimateOf } from './memory-estimate.js'

interface Finished {
  readonly id: number
  readonly bytes: number
}

export type Retention = ReturnType<typeof createRetention>

/**
 * Counts open work, for its limits, and the order in which the rest has finished, for retention. Begins with what an
 * earlier process left.
 */
export function createRetention (calculations: Iterable<Calculation>) {
  /** In the order of finishing; those before `head` are deleted. */
  let order: Finished[] = []
  let head = 0
  let finishedBytes = 0
  let openBytes = 0
  let openExpressions = 0
  let openOperations = 0

  function opened ({ source, tasks }: Calculation): void {
    openBytes += memoryEstimateOf(source, tasks.length)
    openExpressions++
    openOperations += tasks.length
  }

  function add ({ id, source, tasks }: Calculation): number {
    const bytes = memoryEstimateOf(source, tasks.length)
    order.push({ id, bytes })
    finishedBytes += bytes
    return bytes
  }

  const finished: Calculation[] = []
  for (const calculation of calculations) {
    if (isOpen(calculation)) opened(calculation)
    else finished.push(calculation)
  }
  finished.sort((one, other) => one.finishedAt! - other.finishedAt! || one.id - other.id)
  for (const calculation of finished) add(calculation)

  return {
    opened,

    finished (calculation: Calculation): void {
      openExpressions--
      openOperations -= calculation.tasks.length
      openBytes -= add(calculation)
    },

    /** Takes out the finished expressions beyond either limit, the first to finish first, and never the last one. */
    * beyond (maxExpressions: number, maxBytes: number): Generator<number> {
      while (order.length - head > (finishedBytes > maxBytes ? 1 : maxExpressions)) {
        const { id, bytes } = order[head++]!
        finishedBytes -= bytes
        yield id
      }
      if (head > 1_024 && head * 2 > order.length) {
        order = order.slice(head)
        head = 0
      }
    },

    get openExpressions (): number {
      return openExpressions
    },

    get openOperations (): number {
      return openOperations
    },

    /** An estimate of the memory that the open expressions take. */
    get openBytes (): number {
      return openBytes
    }
  }
}
