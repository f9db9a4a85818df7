import type { Failure } from '../errors.js'
import { type Idempotency, type Status, isFinal } from '../expression.js'
import { type Operand, type Operation, type Plan, missingOperands } from '../plan/plan.js'

/**
 * The record of an expression: its plan, and a task for each operation. `calculation-changes.ts` has the only functions
 * that change one.
 */
export interface Calculation {
  readonly id: number
  readonly kind: string
  readonly source: string
  readonly plan: Plan
  /** Task ids are consecutive: operation i is task `firstTask + i`. */
  readonly firstTask: number
  /** As long as the plan. A task is created by its first change; read with `peekTask`, change with `taskAt`. */
  readonly tasks: Array<Task | undefined>
  readonly createdAt: number
  readonly idempotency: Idempotency | null
  status: Status
  result: number | null
  error: Failure | null
  /** Index of the operation that failed; null unless the failure is an operation's. */
  failed: number | null
  startedAt: number | null
  finishedAt: number | null
  /** The last change or heartbeat. */
  updatedAt: number
  /** When a client first received the result, for services that record it. */
  retrievedAt: number | null
  completed: number
  /**
   * Ms from its first claim to the last `start` transition, without downtime: this counts towards its time limit. Null
   * for one that began since then.
   */
  spentMs: number | null
}

/**
 * waiting (for operands) → ready → leased → completed. The end of a lease makes the task ready again or, with its
 * attempts used up, overdue: it cannot be claimed, but a late result still counts. When the calculation ends early, the
 * operation that ends it is failed and all other unfinished ones are dropped.
 */
export type TaskState = 'waiting' | 'ready' | 'leased' | 'overdue' | 'completed' | 'failed' | 'dropped'

export interface Task {
  state: TaskState
  /** Number of operands that are not known yet. */
  missing: number
  value: number | null
  /** Claims spent so far; a release gives one back. */
  attempts: number
  /** Token of the current attempt; null unless leased. */
  lease: string | null
  leaseMs: number
  /** Like `claimedAt`: of the last attempt or, once completed, of the one that gave the result. */
  agent: string | null
  /** The agent runs in the server's own process. */
  local: boolean
  /**
   * The ended attempts but for the one that gave the result, in the order of their ends; of more than
   * `MAX_ENDED_ATTEMPTS` the first and the latest. Null for none, the usual case. Lists are replaced, never changed.
   */
  endedAttempts: readonly EndedAttempt[] | null
  claimedAt: number | null
  completedAt: number | null
}

/**
 * How an attempt ended. completed: with the result of the task. expired: with its lease. released: given back by the
 * agent, or with the server whose agent it was. failed: with a reported error. cancelled: the expression ended, or the
 * result came from elsewhere.
 */
export type AttemptOutcome = 'completed' | 'expired' | 'released' | 'failed' | 'cancelled'

export interface EndedAttempt {
  /** As the claim gave it. A release gives the number back, so that the next claim has the same. */
  readonly attempt: number
  readonly agent: string | null
  /** Null, like times, where an older version of Longhand did not record it. */
  readonly lease: string | null
  readonly claimedAt: number | null
  readonly endedAt: number | null
  /** `completed` only where the task's `attempts` is not the number of the attempt that gave its result. */
  readonly outcome: AttemptOutcome
  /** The reported message of a failed one. */
  readonly message?: string
}

/** Whether nothing changes the task any more. */
export function isFinalTaskState (state: string): boolean {
  return state === 'completed' || state === 'failed' || state === 'dropped'
}

/** Whether claims and results can still change the calculation. */
export function isOpen (calculation: Calculation): boolean {
  return !isFinal(calculation.status)
}

/** The value of an operand; undefined until its operation is completed. */
export function operandValue (calculation: Calculation, operand: Operand): number | undefined {
  if (typeof operand === 'number') return operand
  return calculation.tasks[operand.of]?.value ?? undefined
}

/** @throws RangeError */
export function operationAt (calculation: Calculation, index: number): Operation {
  const operation = Number.isInteger(index) && index >= 0 ? calculation.plan.operations.at(index) : undefined
  if (operation === undefined) throw new RangeError(`Expression ${calculation.id} has no operation ${index}`)
  return operation
}

/** The task, created if it has not changed yet: for changes. `peekTask` creates nothing in the calculation. */
export function taskAt (calculation: Calculation, index: number): Task {
  const { tasks } = calculation
  const task = tasks[index] ?? unchangedTask(calculation, index)
  tasks[index] = task
  return task
}

/** The task, for reading. */
export function peekTask (calculation: Calculation, index: number): Readonly<Task> {
  return calculation.tasks[index] ?? unchangedTask(calculation, index)
}

/** The tasks from `start` up to `end`, for reading. */
export function * peekTasks (
  calculation: Calculation, start = 0, end = calculation.tasks.length
): Generator<Readonly<Task>> {
  for (let index = start; index < end; index++) yield peekTask(calculation, index)
}

/** A task that nothing but the end of its calculation has changed. */
function unchangedTask (calculation: Calculation, index: number): Task {
  const missing = missingOperands(operationAt(calculation, index))
  return {
    state: !isOpen(calculation) ? 'dropped' : missing === 0 ? 'ready' : 'waiting',
    missing,
    value: null,
    attempts: 0,
    lease: null,
    leaseMs: 0,
    agent: null,
    local: false,
    endedAttempts: null,
    claimedAt: null,
    completedAt: null
  }
}
