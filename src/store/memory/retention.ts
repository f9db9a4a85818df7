import { type Calculation, isOpen } from '../../core/calculation.js'

/**
 * What is unfinished, and in which order the rest has finished: for the limits on the one and the
 * retention of the other.
 */
export interface Retention {
  opened (calculation: Calculation): void
  finished (calculation: Calculation): void
  /** Takes out what is more than `keep` finished expressions, the one that finished first before the others. */
  beyond (keep: number): Iterable<number>
  readonly openExpressions: number
  readonly openOperations: number
}

/** Begins with what an earlier process left. */
export function createRetention (calculations: Iterable<Calculation>): Retention {
  /** Ids in the order of finishing; those before `head` are gone. */
  let order: number[] = []
  let head = 0
  let openExpressions = 0
  let openOperations = 0

  const retention: Retention = {
    opened ({ tasks }) {
      openExpressions++
      openOperations += tasks.length
    },

    finished ({ id, tasks }) {
      openExpressions--
      openOperations -= tasks.length
      order.push(id)
    },

    * beyond (keep) {
      while (order.length - head > keep) yield order[head++]!
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
    }
  }

  const finished: Calculation[] = []
  for (const calculation of calculations) {
    if (isOpen(calculation)) retention.opened(calculation)
    else finished.push(calculation)
  }
  finished.sort((one, other) => one.finishedAt! - other.finishedAt! || one.id - other.id)
  order = finished.map(({ id }) => id)
  return retention
}
