import type { Calculation } from './calculation.js'
import type { Clock } from '../clock.js'
import type { Deadlines } from './deadlines.js'
import { describe, failedOperation } from './describe.js'
import type { ErrorCode, ErrorData, Failure } from '../errors.js'
import { failureOf } from './failure.js'
import type { Retention } from './retention.js'
import type { Schedule } from './schedule.js'
import type { Change, StoreRules } from '../store.js'
import type { CalculationTransition } from './transition.js'

export interface FinishOptions {
  readonly clock: Pick<Clock, 'now'>
  readonly rules: Pick<StoreRules, 'retain' | 'retainBytes'>
  readonly schedule: Pick<Schedule, 'leave'>
  readonly deadlines: Pick<Deadlines, 'clear'>
  readonly retention: Retention
  readonly commit: (transition: CalculationTransition) => void
  /** Deletes a final calculation. */
  readonly forget: (id: number) => void
  readonly announce: (change: Extract<Change, { type: 'final' }>) => void
}

/** The ends of calculations, and the deletion of final ones. */
export function createFinish (options: FinishOptions) {
  const { clock, rules, schedule, deadlines, retention, commit, forget, announce } = options

  /**
   * @param index the operation that failed; undefined where the failure is no operation's
   * @param reported what an agent reported, where it is not the message of the error
   */
  function fail (calculation: Calculation, error: Failure, index?: number, reported?: string): void {
    const task = index === undefined ? {} : { task: index }
    const message = reported === undefined ? {} : { message: reported }
    commit({ do: 'fail', id: calculation.id, error, ...task, ...message, at: clock.now() })
    finish(calculation)
  }

  /** Fails the calculation with an error of the table, which names the operation. */
  function failAt (
    calculation: Calculation, index: number, code: ErrorCode, data: ErrorData, reported?: string
  ): void {
    fail(calculation, failureOf(code, data, failedOperation(calculation, index)), index, reported)
  }

  /** Clears and announces a calculation that a transition has just made final. */
  function finish (calculation: Calculation): void {
    // Described here, because `retain` may delete it.
    const expression = describe(calculation)
    schedule.leave(calculation)
    // A completed task has no deadline.
    for (const task of calculation.tasks) if (task !== undefined && task.state !== 'completed') deadlines.clear(task)
    deadlines.clear(calculation)
    retain(calculation)
    announce({ type: 'final', id: calculation.id, ended: expression, expression })
  }

  /** Counts a final calculation, and deletes those beyond the limits of retention. */
  function retain (calculation: Calculation): void {
    retention.finished(calculation)
    forgetOldest()
  }

  function forgetOldest (): void {
    for (const id of retention.beyond(rules.retain, rules.retainBytes)) forget(id)
  }

  return { fail, failAt, finish, retain, forgetOldest }
}
