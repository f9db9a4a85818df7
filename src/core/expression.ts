import type { ExpressionFailure } from './queue/failure.js'
import type { Effort } from './plan/plan.js'

/**
 * pending → in_progress → completed, failed or cancelled. `in_progress` from the first claim and
 * never back; an expression with nothing to compute is `completed` at once.
 */
export const STATUSES = ['pending', 'in_progress', 'completed', 'failed', 'cancelled'] as const

export type Status = typeof STATUSES[number]

/** True when nothing will change any more. */
export function isFinal (status: Status): boolean {
  return status !== 'pending' && status !== 'in_progress'
}

/** The kind of what is submitted to the service of the expressions themselves. */
export const EXPRESSION_KIND = 'expression'

/** An expression as a list shows it, which may have many. */
export type ListedExpression = Pick<Expression, 'id' | 'kind' | 'status' | 'result' | 'createdAt'>

/** What is known of a submitted expression, without its plan. All times in ms since the epoch. */
export interface Expression {
  readonly id: number
  /** Which service it was submitted to: `EXPRESSION_KIND`, or what another one calls its own. */
  readonly kind: string
  readonly source: string
  readonly status: Status
  /** A finite number once `completed`, else null. 0 is a result. */
  readonly result: number | null
  /** Why it is `failed`, else null. */
  readonly error: ExpressionFailure | null
  readonly createdAt: number
  readonly startedAt: number | null
  readonly finishedAt: number | null
  /**
   * The last sign of life: submit, claim, report, heartbeat, release, the end of a lease, its end. A restart may take
   * back heartbeats, which are not kept.
   */
  readonly updatedAt: number
  /** When its result was fetched for the first time by a client of a service that remembers it; else null. */
  readonly retrievedAt: number | null
  readonly operations: { readonly total: number, readonly completed: number }
  /** What its plan takes, and what it would have taken as it was written. */
  readonly effort: Effort
  readonly effortBefore: Effort
  /** The longest path through what is not done yet, in ms, as if nothing of it had begun; 0 when it is final. */
  readonly remainingMs: number
}

/** The client's Idempotency-Key, and what stands for the body that it came with. */
export interface Idempotency {
  readonly key: string
  readonly fingerprint: string
}
