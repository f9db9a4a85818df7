import type { ExpressionFailure } from './queue/failure.js'
import type { Effort } from './plan/plan.js'

/**
 * pending → in_progress → completed, failed or cancelled. `in_progress` from the first claim and
 * never back; an expression with nothing to compute is `completed` at once.
 */
export const STATUSES = ['pending', 'in_progress', 'completed', 'failed', 'cancelled'] as const

export type Status = typeof STATUSES[number]

/** Whether nothing changes any more. */
export function isFinal (status: Status): boolean {
  return status !== 'pending' && status !== 'in_progress'
}

/** The kind of what is submitted to the expressions service. */
export const EXPRESSION_KIND = 'expression'

/** An expression as a list shows it. */
export type ListedExpression = Pick<Expression, 'id' | 'kind' | 'status' | 'result' | 'createdAt'>

/** An expression without its plan. All times in ms since the epoch. */
export interface Expression {
  readonly id: number
  /** The service that it was submitted to: `EXPRESSION_KIND` or another. */
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
   * The last submit, claim, report, heartbeat, release, end of a lease, or its own end. A restart may take it back to
   * before heartbeats, which are not durable.
   */
  readonly updatedAt: number
  /** When a client first received its result, for services that record it; else null. */
  readonly retrievedAt: number | null
  readonly operations: { readonly total: number, readonly completed: number }
  /** Of its plan, and of the plan as written, before the passes. */
  readonly effort: Effort
  readonly effortBefore: Effort
  /** The longest path through operations that are not completed, in ms, counted in full; 0 when it is final. */
  readonly remainingMs: number
}

/** The client's Idempotency-Key, and a fingerprint of the body of its request. */
export interface Idempotency {
  readonly key: string
  readonly fingerprint: string
}
