import type { Expression, Idempotency, ListedExpression, Status } from './expression.js'
import type { Operation, Plan } from './plan/plan.js'
import type { Task } from './queue/calculation.js'
import type { Backlog, TaskOverview } from './queue/task-overview.js'
import type { Claim, ClaimedTask, ExpiredLease, LeaseRef, Outcome, Report, Reported } from './claims-and-reports.js'

export type * from './claims-and-reports.js'

/**
 * Where expressions are stored and tasks claimed. Three stores implement it (memory, file, PostgreSQL); one conformance
 * suite and one model hold them equal.
 *
 * Every store guarantees:
 * - Each verb is atomic: it happens whole or not at all, and all verbs have one order.
 * - A promise is fulfilled once everything that its value shows, from this call or an earlier one, is durable. Only
 *   claims may be forgotten, and only by a power loss: the task of a forgotten claim is claimed again.
 * - A promise rejected with `storage_unavailable` means that nothing of the call happened, unless a connection to the
 *   database broke during the call: then it may have happened.
 * - Ids of expressions and tasks are integers from 1 up, in order of submission, and never reused.
 * - The first valid result of a task wins, with or without its lease.
 * - Each lease token names the store that issued it (`queue/lease-token.ts`). A report or lease with a token of another
 *   store is `unknown` even if the task's id exists here: a result for another task must not become this one's.
 */
export interface Store {
  /**
   * Stores a planned expression and assigns its ids. A known idempotency key with the same fingerprint returns the
   * expression of the first submit.
   *
   * @throws `queue_full`; `idempotency_conflict` for a known key with another fingerprint
   */
  submit (submission: Submission): Promise<Expression>

  /**
   * Checks the limits of open work before a submit is planned. Changes nothing, and `submit` checks again. Look up an
   * idempotency key first (`findByKey`): the submit of a known key needs no room.
   *
   * @throws `queue_full`
   */
  admit (intent: Intent): Promise<void>

  /**
   * Claims up to `max` ready tasks, spends an attempt for each and leases it to the claimant. Expressions with ready
   * tasks take turns: the first that has one for the claimant gives the one with the longest remaining path (the
   * earlier operation among equals) and goes to the end, so a batch of n takes n turns. An expression that gets ready
   * tasks joins at the end. Empty when there is no task for this claimant.
   */
  claim (claim: Claim): Promise<ClaimedTask[]>

  /** Applies results and errors in order; one outcome for each. */
  report (reports: readonly Report[]): Promise<Outcome[]>

  /** Reports and claims in one step. Tasks that become ready and are claimed in the same step are not announced. */
  reportAndClaim (reports: readonly Report[], claim: Claim): Promise<Reported>

  /**
   * Extends leases to their full length from now, and updates their expressions; one outcome for each. A crash may
   * forget it, but then leases are granted again in full.
   */
  renew (leases: readonly LeaseRef[]): Promise<Outcome[]>

  /** The outcomes that `renew` would have. Changes nothing. */
  check (leases: readonly LeaseRef[]): Promise<Outcome[]>

  /** Makes tasks ready again without a result, and gives the attempt back. One outcome for each lease. */
  release (leases: readonly LeaseRef[]): Promise<Outcome[]>

  /**
   * Ends what has reached its deadline: a leased task becomes ready again or, with its attempts used up, overdue; a
   * task that was overdue for one more lease fails its expression, and so does the end of an expression's time. Returns
   * in how many ms the next deadline is due; null when there is none.
   */
  expire (): Promise<number | null>

  /** Cancels an open expression; `ignored` for a final one. */
  cancel (id: number): Promise<Outcome>

  /**
   * Records that the result of a completed expression was fetched. Only the first time is `accepted`; later ones are
   * `ignored`, and so is an expression that is not completed.
   */
  retrieve (id: number): Promise<Outcome>

  find (id: number): Promise<Expression | null>

  /**
   * The expression that was submitted with this key; null for an unknown key.
   *
   * @throws `idempotency_conflict` for a known key with another fingerprint
   */
  findByKey (idempotency: Idempotency): Promise<Expression | null>

  /** The plan and its tasks, or those in the range; null for an unknown id. */
  findOperations (id: number, range?: TaskRange): Promise<Operations | null>

  /** In order of submission. */
  list (query: ListQuery): Promise<ListedExpression[]>

  /**
   * What has changed in an expression since the cursor, as it is now; with at most `limit` operations, which is at
   * least 1. Null for an unknown id. A follower that applies one answer after the other, until one is complete, has
   * what `find` and `findOperations` show, without `updatedAt`. A change may be repeated, and none is missed.
   */
  changesOf (id: number, since: string | null, limit: number): Promise<ExpressionChanges | null>

  /** The same for the list of expressions, with at most `limit` entries and deleted ids. */
  listChanges (since: string | null, limit: number): Promise<ListChanges>

  /** Whether verbs can be done now, as far as is known without trying. Costs nothing. */
  serves (): boolean

  /** Calls `listener` with each change that a waiter may wait for. Returns a function that stops it. */
  watch (listener: (change: Change) => void): () => void

  /**
   * Differs from every earlier value once an id, status or result in `list` has changed. Costs the same however long
   * the list is.
   */
  listVersion (): Promise<string>

  load (): Promise<Load>

  backlog (): Promise<Backlog>

  /** Costs as much as there are leased tasks. */
  taskOverview (): Promise<TaskOverview>

  /** What an earlier process left, as of the opening of the store; undefined for a store in memory. */
  readonly recovered?: Recovered

  /** Makes everything durable, and closes files and connections. */
  close (): Promise<void>
}

export interface Recovered {
  readonly expressions: number
  /** Of these. */
  readonly unfinished: number
  /** Leases granted again in full, because no server was running to end them. */
  readonly leases: number
}

/** A submit that is not planned yet. */
export interface Intent {
  readonly source: string
  /** A lower bound. */
  readonly operations: number
}

export interface Submission {
  readonly kind: string
  readonly source: string
  readonly plan: Plan
  /** The operations of a large plan, serialized for the journal by the thread that planned it; see `WrittenSubmit`. */
  readonly written?: Uint8Array
  readonly idempotency?: Idempotency
}

/** Some of an expression's tasks, in the order of their ids. */
export interface TaskRange {
  /** Only ids above this one. */
  readonly after?: number
  readonly limit?: number
}

/** Some operations of a plan with their tasks, as parallel lists in the order of their ids. */
export interface OperationStates {
  /** The id of the first operation's task; the others follow. */
  readonly firstTask: number
  /** The index of each in the plan. */
  readonly indices: readonly number[]
  readonly operations: readonly PlannedOperation[]
  readonly tasks: ReadonlyArray<Omit<Readonly<Task>, 'local'>>
  /** The operands of each of `tasks`; null where they are not known. */
  readonly operands: ReadonlyArray<readonly [number | null, number | null]>
}

/** The operations of a range, with the expression. */
export interface Operations extends OperationStates {
  readonly expression: Expression
}

export type PlannedOperation = Omit<Operation, 'dependents'>

/** Unfinished work. */
export interface Load {
  readonly openExpressions: number
  readonly openOperations: number
}

/** The part of an answer that tells how to read on. */
export interface Changes {
  /** For the next call: letters, digits and `.:,_-`. */
  readonly cursor: string
  /** Everything follows: there was no cursor, or this store cannot continue from it. What is known no longer counts. */
  readonly isStart: boolean
  /** Whether nothing is left for the next call that had changed before this one. */
  readonly isComplete: boolean
}

export interface ExpressionChanges extends Changes {
  /** Null when nothing has changed. */
  readonly expression: Expression | null
  readonly operations: OperationStates
}

export interface ListChanges extends Changes {
  readonly expressions: readonly ListedExpression[]
  /** Ids of deleted expressions, known or not. */
  readonly deleted: readonly number[]
}

export interface ListQuery {
  readonly kind?: string
  readonly status?: Status
  /** Only ids above this one. */
  readonly after?: number
  readonly limit?: number
  /** Of more than `limit`, the latest ones instead of the first. */
  readonly latest?: boolean
}

export type Change =
  /** Number of tasks that became ready and were not claimed in the same step, by symbol. */
  | { readonly type: 'ready', readonly counts: ReadonlyMap<string, number> }
  /** Another server may have changed anything without an announcement: every waiter polls again. */
  | { readonly type: 'missed' }
  /**
   * An expression became final. `ended` is its end, if it ended on this server. `expression` is the whole of it, from a
   * store that may delete it in the same step; other stores keep it for some seconds.
   */
  | { readonly type: 'final', readonly id: number, readonly ended?: Ended, readonly expression?: Expression }
  /**
   * The next deadline is due in `inMs`, earlier than what `expire` or an announcement said before. For deadlines that
   * other servers bring forward, `missed` is announced.
   */
  | { readonly type: 'deadline', readonly inMs: number }
  /**
   * The expression, the list or, with null, anything may have changed since the last `changesOf` or `listChanges`.
   * Announced once until the next such call, and only for some seconds after it.
   */
  | { readonly type: 'changed', readonly id: number | 'list' | null }
  /** These leases expired on this server. */
  | { readonly type: 'expired', readonly leases: readonly ExpiredLease[] }

export type Ended = Pick<Expression, 'status' | 'error'>

/** Settings of a store. Times in ms. */
export interface StoreRules {
  /** How much longer than its operation time a task is leased. */
  readonly leaseMs: number
  /** Claims that a task may spend before its expression fails; at least 1. */
  readonly attempts: number
  /** Limit of a calculation's time from its first claim, downtime not counted; null for none. */
  readonly timeoutMs: number | null
  /** Number of finished expressions to keep; the first to finish is deleted first. At least 1. */
  readonly retain: number
  /**
   * Limit of their memory, in bytes as `memoryEstimateOf` counts; the last to finish is kept however large. For stores
   * that keep them in memory.
   */
  readonly retainBytes: number
  /** Limits of unfinished expressions and of their operations; at least 1. */
  readonly openExpressions: number
  readonly openOperations: number
  /** Limit of their memory, likewise; a single one may be as large as its own limits allow. */
  readonly openBytes: number
}
