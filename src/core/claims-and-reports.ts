/** What agents claim, report and renew, as the store takes and returns it. */
import type { Failure } from './errors.js'

export interface Claim {
  /** The agent's name, for people; it grants nothing. */
  readonly agent: string | null
  /** Symbols of the operations that the agent can do. */
  readonly symbols: readonly string[]
  /** At least 1. */
  readonly max: number
  /** Limit of the operation times of a batch, in ms; the first task is claimed however long it takes. */
  readonly batchMs?: number
  /**
   * The agent runs in the server's own process and ends with it. When that process is gone without a release, its
   * leases end, and their attempts are given back.
   */
  readonly local?: boolean
}

/** A claimed task: both operands are numbers. */
export interface ClaimedTask {
  readonly id: number
  readonly expression: number
  readonly symbol: string
  readonly left: number
  readonly right: number
  readonly timeMs: number
  readonly attempt: number
  readonly lease: string
  readonly leaseMs: number
  /** Only for an operation that is named work. */
  readonly work?: NamedWork
}

/** The kind and the text of the expression that a task belongs to. */
export interface NamedWork {
  readonly kind: string
  readonly name: string
}

export interface LeaseRef {
  /** The task's id. */
  readonly task: number
  readonly lease: string
}

/** A finite result or an error for a task. Which reports need the lease: see `decideReport`. */
export type Report =
  | { readonly task: number, readonly lease: string | null, readonly result: number }
  | { readonly task: number, readonly lease: string | null, readonly error: ReportedError }

export interface ReportedError extends Failure {
  /** False: no attempt can succeed; with the current lease it ends the expression. */
  readonly retryable: boolean
}

/**
 * accepted: it took effect. ignored: the task or its expression was final, and nothing changed. unknown: there is no
 * such task, its operands are not known, or the lease is of another store. superseded: the call needs the current
 * lease, which is another one.
 */
export type Outcome = 'accepted' | 'ignored' | 'unknown' | 'superseded'

export interface Reported {
  readonly outcomes: Outcome[]
  readonly claimed: ClaimedTask[]
}

/** A lease that ended without a report or a release. */
export interface ExpiredLease {
  readonly task: number
  readonly expression: number
  readonly agent: string | null
  readonly attempt: number
  /** False when its attempts are used up: then only a late result can save the expression. */
  readonly isReadyAgain: boolean
}
