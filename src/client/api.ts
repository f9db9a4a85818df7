/**
 * The API's objects with the names that they have in JSON. Times are RFC 3339, in UTC. The description of the API
 * (`/docs`, `/openapi.json`) says what each member means.
 */

export type Status = 'pending' | 'in_progress' | 'completed' | 'failed' | 'cancelled'

export interface Expression {
  readonly id: number
  /** The service that created it; absent for `calculate`. */
  readonly kind?: string
  readonly status: Status
  /** Null until the status is completed. */
  readonly result: number | null
  /** Only when the status is failed. */
  readonly error?: Failure
  /** The submitted text. */
  readonly expression: string
  readonly created_at: string
  readonly started_at?: string
  readonly finished_at?: string
  /** The numbers of its operations. */
  readonly operations: { readonly total: number, readonly completed: number }
  readonly plan: Effort & { readonly before: Effort }
}

export interface Effort {
  readonly work_ms: number
  readonly span_ms: number
  readonly parallelism: number
}

/** Why an expression failed. */
export interface Failure {
  readonly code: string
  readonly message: string
  /** Of the operator or function that failed, in UTF-16 units from 0. */
  readonly position?: number
  readonly length?: number
  readonly operation?: { readonly id: number, readonly operation: string, readonly operands: readonly number[] }
  readonly agents?: ReadonlyArray<string | null>
}

export type OperationState = 'waiting' | 'ready' | 'leased' | 'overdue' | 'completed' | 'failed' | 'dropped'

/** An operation of an expression's plan. */
export interface Operation {
  readonly id: number
  /** Its symbol. */
  readonly operation: string
  readonly state: OperationState
  /** A number, or the operation that computes it while the number is not known. */
  readonly operands: ReadonlyArray<number | { readonly operation: number }>
  /** For each operand the operation that computes it; null for a number of the expression. */
  readonly sources: ReadonlyArray<number | null>
  /** Null until it is completed. */
  readonly value: number | null
  /** The agent of the shown attempt, if it has a name. */
  readonly agent: string | null
  /** The count of its attempts. */
  readonly attempts: number
  readonly time_ms: number
  readonly path_ms: number
  /** The number of the shown attempt, which is the last one or the one that gave the result. */
  readonly attempt?: number
  readonly claimed_at?: string
  /** Of the shown attempt; absent while it is open. */
  readonly ended_at?: string
  readonly outcome?: AttemptOutcome
  /** The error that the agent reported; only for failed. */
  readonly message?: string
  readonly completed_at?: string
  /** The other attempts that ended, in the order of their ends. */
  readonly earlier_attempts?: readonly EarlierAttempt[]
}

export type AttemptOutcome = 'completed' | 'expired' | 'released' | 'failed' | 'cancelled'

export interface EarlierAttempt {
  readonly attempt: number
  readonly agent: string | null
  readonly claimed_at?: string
  readonly ended_at?: string
  readonly outcome: AttemptOutcome
  /** The error that the agent reported; only for failed. */
  readonly message?: string
}

/** An operation of the language. */
export interface LanguageOperation {
  readonly symbol: string
  readonly name: string
  /** The number of its operands. */
  readonly arity: number
  /** In expressions that are submitted from now on. */
  readonly time_ms: number
}

export interface Language {
  readonly operations: readonly LanguageOperation[]
  /** Whether plans are shortened. */
  readonly optimized: boolean
}

/** An expression in the list. */
export interface ListEntry {
  readonly id: number
  readonly status: Status
  readonly result: number | null
  readonly created_at: string
  readonly kind?: string
}

export interface ListQuery {
  /** From 1 to 10,000; without, all. */
  readonly limit?: number
  /** Only ids above this one: `next` of the previous page. */
  readonly after?: number
  readonly status?: Status
  /** The service that created them, or `all`; without, those of `calculate`. */
  readonly kind?: string
}

export interface ListPage {
  /** In the order of submission. */
  readonly expressions: readonly ListEntry[]
  /** Only with a limit, when there are more. */
  readonly next?: number
}

export type AgentState = 'working' | 'idle' | 'silent' | 'gone'

export interface Agent {
  readonly name: string | null
  /** Only for agents without a name. */
  readonly address?: string
  readonly state: AgentState
  readonly silent_since?: string
  readonly instances: readonly string[]
  readonly since: string
  readonly last_seen: string
  readonly claimed: number
  readonly completed: number
  /** `all`, `arithmetic`, or a list of symbols. */
  readonly operations: string | readonly string[]
  readonly waiting: number
  readonly tasks: readonly AgentTask[]
}

/** A task that an agent holds. */
export interface AgentTask {
  readonly id: number
  readonly expression_id: number
  readonly operation: string
  readonly since: string
}

/** Ready work that no live agent can do. */
export interface Unserved {
  readonly operation: string
  readonly tasks: number
}

export interface Agents {
  readonly agents: readonly Agent[]
  readonly unserved: readonly Unserved[]
}
