import type { Calculation } from './calculation.js'
import type { Clock } from '../clock.js'
import { describe, failedOperation } from './describe.js'
import type { ErrorCode, ErrorData, Failure } from '../errors.js'
import { failureOf } from './failure.js'
import type { Schedule } from './schedule.js'
import type { Change, StoreRules } from '../store.js'
import type { Transition } from './transition.js'
import type { Deadlines } from './deadlines.js'
import type { Retention } from './retention.js'

/** How calculations end, and how long they stay after that. */
export interface Ending {
  /** @param task the operation whose fault it is; without one, it is no operation's */
  fail (calculation: Calculation, error: Failure, task?: number): void
  /** The same in the words of the table, which name the operation. */
  failAt (calculation: Calculation, task: number, code: ErrorCode, data: ErrorData): void
  /** Ends a calculation: nothing of it is handed out or waited for any more. */
  over (calculation: Calculation, end: () => void): void
  /** Counts one that has ended, and deletes those that are too many. */
  finish (calculation: Calculation): void
  forgetOldest (): void
}

export interface EndingOptions {
  readonly clock: Pick<Clock, 'now'>
  readonly rules: Pick<StoreRules, 'retain' | 'retainBytes'>
  readonly line: Pick<Schedule, 'leave'>
  readonly holds: Pick<Deadlines, 'letGo'>
  readonly retention: Retention
  readonly commit: (transition: Transition) => void
  readonly announce: (change: Change) => void
}

export function createEnding (
  { clock, rules, line, holds, retention, commit, announce }: EndingOptions
): Ending {
  const ending: Ending = {
    fail (calculation, error, task) {
      const failed = task === undefined ? {} : { task }
      ending.over(calculation, () => commit({ do: 'fail', id: calculation.id, error, ...failed, at: clock.now() }))
    },

    failAt (calculation, task, code, data) {
      ending.fail(calculation, failureOf(code, data, failedOperation(calculation, task)), task)
    },

    over (calculation, end) {
      end()
      // Retention may delete it in this very step.
      const expression = describe(calculation)
      line.leave(calculation)
      // Completed ones are held no more, and the others never were.
      for (const task of calculation.tasks) if (task !== undefined && task.state !== 'completed') holds.letGo(task)
      holds.letGo(calculation)
      ending.finish(calculation)
      announce({ type: 'final', id: calculation.id, ended: expression, expression })
    },

    finish (calculation) {
      retention.finished(calculation)
      ending.forgetOldest()
    },

    forgetOldest () {
      for (const id of retention.beyond(rules.retain, rules.retainBytes)) commit({ do: 'forget', id })
    }
  }
  return ending
}
