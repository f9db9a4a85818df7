import { type TaskState, isFinalTaskState } from './calculation.js'
import type { Outcome, Report, StoreRules } from '../store.js'

/** The part of a task that decisions need. */
export interface TaskFacts {
  readonly state: TaskState
  /** The token of the current attempt, if it is `leased`. */
  readonly lease: string | null
  /** Attempts spent, the current one included. */
  readonly attempts: number
}

/**
 * What a report does to its task: `complete` it, `fail` its expression with the reported error, `exhaust` its attempts
 * with that error, make it ready for another attempt (`retry`), or nothing.
 */
export type ReportEffect = 'complete' | 'fail' | 'exhaust' | 'retry' | null

export interface ReportDecision {
  readonly outcome: Outcome
  readonly effect: ReportEffect
}

const UNKNOWN: ReportDecision = { outcome: 'unknown', effect: null }
const IGNORED: ReportDecision = { outcome: 'ignored', effect: null }
const SUPERSEDED: ReportDecision = { outcome: 'superseded', effect: null }
const COMPLETE: ReportDecision = { outcome: 'accepted', effect: 'complete' }

/**
 * The first valid result of a task wins, with or without a lease, because operations are pure. An error needs the
 * current lease to end the expression; without a token it only spends the attempt of a leased task.
 *
 * @param task undefined for an unknown id
 */
export function decideReport (
  task: TaskFacts | undefined, report: Report, { attempts: limit }: Pick<StoreRules, 'attempts'>
): ReportDecision {
  if (task === undefined) return UNKNOWN
  const { state, lease, attempts } = task
  if (isFinalTaskState(state)) return IGNORED
  // Its operands are not known, so no agent can know its result.
  if (state === 'waiting') return UNKNOWN
  if (!('error' in report)) return COMPLETE
  if (report.lease !== null && report.lease !== lease) return SUPERSEDED
  if (report.lease !== null && !report.error.retryable) return { outcome: 'accepted', effect: 'fail' }
  if (state !== 'leased') return { outcome: 'accepted', effect: null }
  return { outcome: 'accepted', effect: attempts < limit ? 'retry' : 'exhaust' }
}

/** What a renewal, a check or a release of a lease comes to. Stated in SQL by `check`, `renew` and `release`. */
export function decideLease (task: TaskFacts | undefined, lease: string): Outcome {
  if (task === undefined) return 'unknown'
  if (isFinalTaskState(task.state)) return 'ignored'
  return task.lease === lease ? 'accepted' : 'superseded'
}

/**
 * What the deadline of a task does: a lease makes it ready again (`retry`) or, with its attempts spent, overdue
 * (`suspend`); an overdue one fails its expression (`fail`).
 */
export function decideDeadline (
  { state, attempts }: Omit<TaskFacts, 'lease'>, { attempts: limit }: Pick<StoreRules, 'attempts'>
): 'retry' | 'suspend' | 'fail' {
  if (state === 'overdue') return 'fail'
  return attempts < limit ? 'retry' : 'suspend'
}
