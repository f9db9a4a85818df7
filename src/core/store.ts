import type { Failure } from './errors.js'
import type { Expression, Idempotency, ListedExpression, Status } from './expression.js'
import type { Operation, Plan } from './plan/plan.js'
import type { Task } from './queue/calculation.js'
import type { Backlog, TaskOverview } from './queue/task-overview.js'

/**
 * Where expressions live and tasks are handed out. Three stores keep this contract (memory, file,
 * PostgreSQL), and one conformance suite holds them equal.
 *
 * What every store guarantees:
 * - Each verb is atomic: it happens whole or not at all, and verbs appear in one order.
 * - Nothing is revealed before it is kept. When a promise is fulfilled, whatever its answer shows
 *   (by this call or by any before it) survives a crash. Claims alone may be forgotten, and only
 *   by a power loss: a forgotten claim is a task that is handed out again.
 * - When a promise is rejected with `storage_unavailable`, nothing of the call has happened; only where the connection
 *   to a database broke while the call was under way, nobody can tell.
 * - Ids of expressions and tasks are integers from 1 up, in order of submission, never reused.
 * - The first valid result of a task wins, whoever sends it.
 * - Each lease token names the store that issued it (`lease.ts`). What comes with a token of another store is
 *   `unknown`, whatever the task with that id is here: a result for another task must not become this one's.
 */
export interface Store {
  /**
   * Keeps a planned expression and assigns its ids. The same idempotency key with the same
   * fingerprint answers the first submit's expression.
   *
   * @throws `queue_full`; `idempotency_conflict` for a known key with another fingerprint.
   */
  submit (submission: Submission): Promise<Expression>

  /**
   * Asks whether there is room for a submit before it is planned. Changes nothing; `submit` decides again. What has an
   * idempotency key is looked up first (`findByKey`): where the key is known, no room is needed.
   *
   * @throws `queue_full`
   */
  admit (intent: Intent): Promise<void>

  /**
   * Hands out up to `max` ready tasks, spends an attempt for each and leases it to the claimant.
   * Expressions with ready work stand in a line; the first that has work the claimant can do gives
   * its operation with the longest remaining path (the earlier operation among equals) and goes to
   * the end of the line, so a batch of n takes n turns. Who joins the line joins at its end.
   * Empty when there is nothing for this claimant.
   */
  claim (claim: Claim): Promise<ClaimedTask[]>

  /** Takes results and errors, in their order; one outcome for each. */
  report (reports: readonly Report[]): Promise<Outcome[]>

  /**
   * Reports and claims in one step. Tasks that become ready and are claimed in the same step are not announced to
   * watchers.
   */
  reportAndClaim (reports: readonly Report[], claim: Claim): Promise<Reported>

  /**
   * Prolongs the leases to their full length from now, which updates their expressions; answers one outcome for each
   * token. A crash may forget it, but never more: then the leases are granted again in full.
   */
  renew (leases: readonly LeaseRef[]): Promise<Outcome[]>

  /** Which of the leases still count: the outcomes that `renew` would have. Nothing changes. */
  check (leases: readonly LeaseRef[]): Promise<Outcome[]>

  /** Gives tasks back unworked; the attempt is given back too. One outcome for each token. */
  release (leases: readonly LeaseRef[]): Promise<Outcome[]>

  /**
   * Ends what is over: tasks whose lease has ended become ready again, or overdue when their
   * attempts are spent; an overdue one that has waited one more lease fails its expression, and so
   * does the end of an expression's time. Answers in how many ms the next of these is due, or null
   * when nothing is.
   */
  expire (): Promise<number | null>

  /** Ends an open expression; `accepted` or, when it was final already, `ignored`. */
  cancel (id: number): Promise<Outcome>

  /**
   * Notes that the result of a completed expression was fetched. The first time counts: `accepted`, later ones are
   * `ignored`, and so is an expression that is not completed.
   */
  retrieve (id: number): Promise<Outcome>

  find (id: number): Promise<Expression | null>

  /**
   * The expression that was submitted with this key; null for a key that is not known.
   *
   * @throws `idempotency_conflict` for a known key with another fingerprint
   */
  findByKey (idempotency: Idempotency): Promise<Expression | null>

  /** The plan, and the state of each of its tasks, or of those in the range; null for an unknown id. */
  findOperations (id: number, range?: TaskRange): Promise<Operations | null>

  /** Expressions in order of submission. */
  list (query: ListQuery): Promise<ListedExpression[]>

  /** Whether verbs can be done right now, as far as is known without trying; costs nothing. */
  serves (): boolean

  /** Calls `listener` after each change that others may wait for; only a hint. Answers how to stop it. */
  watch (listener: (change: Change) => void): () => void

  /**
   * Differs from every earlier answer once `list` has changed in any entry's id, status or result.
   * Costs nothing worth saving, however long the list is.
   */
  listVersion (): Promise<string>

  /** What is unfinished, for people and for metrics. */
  load (): Promise<Load>

  /** How long work waits, and how much of it is left at least, for metrics. */
  backlog (): Promise<Backlog>

  /** What stands ready and who holds what, for people; it costs as much as there are leased tasks. */
  taskOverview (): Promise<TaskOverview>

  /** What an earlier process left, as it was when the store was opened; undefined for a store that keeps nothing. */
  readonly recovered?: Recovered

  /** Keeps everything and lets go of files and connections. */
  close (): Promise<void>
}

export interface Recovered {
  readonly expressions: number
  /** Of these. */
  readonly unfinished: number
  /** Leases that began anew, because no server was there to end them. */
  readonly leases: number
}

/** A submit that is still to be planned. */
export interface Intent {
  readonly source: string
  /** At least so many. */
  readonly operations: number
}

export interface Submission {
  readonly kind: string
  readonly source: string
  readonly plan: Plan
  /** What the journal is to hold of a large plan, written where it was planned; see `WrittenSubmit`. */
  readonly written?: Uint8Array
  readonly idempotency?: Idempotency
}

export interface Claim {
  /** The agent's name, for people; it grants nothing. */
  readonly agent: string | null
  /** Symbols of the operations that the agent can do. */
  readonly symbols: readonly string[]
  /** At least 1. */
  readonly max: number
  /** Ends a batch before its operation times add up to more than this, in ms; the first task is given however long. */
  readonly batchMs?: number
  /**
   * The agent runs in the server's own process and ends with it. When that process is gone without a release, its
   * leases end, and their attempts are given back.
   */
  readonly local?: boolean
}

/** A task as it is handed out: both operands are numbers. */
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
  /** What it is for; only where the operation is named work. */
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

/** What an agent says of a task: a finite result, or an error. The lease is needed only where stated. */
export type Report =
  | { readonly task: number, readonly lease: string | null, readonly result: number }
  | { readonly task: number, readonly lease: string | null, readonly error: ReportedError }

export interface ReportedError extends Failure {
  /** False: no attempt can succeed; with the current lease it ends the expression. */
  readonly retryable: boolean
}

/**
 * accepted: it happened. ignored: the task was settled already or its expression is over, and
 * nothing changed. unknown: no such task, its operands are not known yet,
 * or the lease is of another store. superseded: somebody
 * else holds the task, and the call needs the current lease.
 */
export type Outcome = 'accepted' | 'ignored' | 'unknown' | 'superseded'

export interface Reported {
  readonly outcomes: Outcome[]
  readonly claimed: ClaimedTask[]
}

/** Some of an expression's tasks, by their ids, in order. */
export interface TaskRange {
  /** Only ids above this one. */
  readonly after?: number
  readonly limit?: number
}

export interface Operations {
  readonly expression: Expression
  /** The id of the first operation's task; the others follow. */
  readonly firstTask: number
  /** Index of the first operation of the range. */
  readonly start: number
  /** The operations of the range, and their tasks. */
  readonly operations: readonly PlannedOperation[]
  readonly tasks: ReadonlyArray<Omit<Readonly<Task>, 'local' | 'earlierAgents'>>
  /** The operands of each of `tasks` as far as they are known, null where they are not. */
  readonly operands: ReadonlyArray<readonly [number | null, number | null]>
}

/** An operation as it was planned. */
export type PlannedOperation = Omit<Operation, 'dependents'>

export interface Load {
  readonly openExpressions: number
  readonly openOperations: number
}

export interface ListQuery {
  readonly kind?: string
  readonly status?: Status
  /** Only ids above this one. */
  readonly after?: number
  readonly limit?: number
}

export type Change =
  /** So many tasks of each symbol became ready to be claimed. */
  | { readonly type: 'ready', readonly counts: ReadonlyMap<string, number> }
  /** Others may have changed anything without its being told: whoever waits looks again. */
  | { readonly type: 'missed' }
  /**
   * An expression reached its final status. `ended` is what it came to where it ended here and not on another server.
   * A store that may forget it in the same step tells it whole (`expression`); others keep it for some seconds more.
   */
  | { readonly type: 'final', readonly id: number, readonly ended?: Ended, readonly expression?: Expression }
  /**
   * The next deadline is due in `inMs`, earlier than any that `expire` or an earlier change has told. What another
   * server's claims bring forward is told by `missed`.
   */
  | { readonly type: 'deadline', readonly inMs: number }
  /** These leases ended here without a word from their holders. */
  | { readonly type: 'expired', readonly leases: readonly ExpiredLease[] }

export type Ended = Pick<Expression, 'status' | 'error'>

/** A lease that ended without a word from its holder. */
export interface ExpiredLease {
  readonly task: number
  readonly expression: number
  readonly agent: string | null
  readonly attempt: number
  /** Whether it can be claimed again; if not, its attempts are spent, and only a late result can save it. */
  readonly isReadyAgain: boolean
}

/** What every store is told when it is opened. Times in ms. */
export interface StoreRules {
  /** Added to a task's operation time: how long a claimant may stay silent. */
  readonly leaseMs: number
  /** Claims that a task may spend before its expression fails; at least 1. */
  readonly attempts: number
  /** How long an expression may be worked on from its first claim, downtime not counted; null for ever. */
  readonly timeoutMs: number | null
  /** Finished expressions to keep; the one that finished first goes first. At least 1. */
  readonly retain: number
  /**
   * What these may cost in memory, in bytes as `footprintOf` counts them, by the same order; the one that finished last
   * is kept however large. For stores that keep them in memory.
   */
  readonly retainBytes: number
  /** Unfinished expressions, and operations of these, that are taken at most; at least 1. */
  readonly openExpressions: number
  readonly openOperations: number
  /** And what these may cost in memory, for stores that keep them there. One that is alone may be as large as it is. */
  readonly openBytes: number
}
