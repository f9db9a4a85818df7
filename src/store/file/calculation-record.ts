import {
  type Calculation, type EndedAttempt, type Task, type TaskState, peekTasks, taskAt
} from '../../core/queue/calculation.js'
import { type Submitted, calculationOf, submittedPlanOf } from '../../core/queue/transition.js'

/** A calculation in the snapshot: its submit, and what has changed since. */
export interface CalculationRecord extends Omit<Submitted, 'do'> {
  readonly status: Calculation['status']
  readonly value: number | null
  readonly error: Calculation['error']
  /** Absent unless an operation failed. */
  readonly failed?: number
  readonly startedAt: number | null
  readonly finishedAt: number | null
  readonly spentMs: number | null
  readonly updatedAt: number
  /** Absent until a client retrieves the result. */
  readonly retrievedAt?: number
  readonly tasks: ReadonlyArray<TaskRecord>
}

/**
 * state, missing operands, value, attempts, lease, leaseMs, agent, claimedAt, completedAt; then, where a task has them,
 * endedAttempts, and local if it is true.
 */
export type TaskRecord = readonly [
  TaskState, number, number | null, number, string | null, number, string | null, number | null, number | null,
  endedAttempts?: readonly EndedAttempt[] | null, local?: true
]

export function toRecord (calculation: Calculation): CalculationRecord {
  const { id, kind, source, firstTask, createdAt, idempotency, plan } = calculation
  const { status, result, error, failed, startedAt, finishedAt, spentMs, updatedAt, retrievedAt } = calculation
  return {
    id,
    kind,
    source,
    firstTask,
    at: createdAt,
    ...submittedPlanOf(plan),
    result: plan.result,
    ...(plan.before !== plan.effort && { before: plan.before }),
    ...(idempotency && { idempotency }),
    status,
    value: result,
    error,
    ...(failed !== null && { failed }),
    startedAt,
    finishedAt,
    spentMs,
    updatedAt,
    ...(retrievedAt !== null && { retrievedAt }),
    tasks: Array.from(peekTasks(calculation), taskRecord)
  }
}

export function fromRecord (record: CalculationRecord): Calculation {
  const calculation = calculationOf({ do: 'submit', ...record })
  record.tasks.forEach((task, index) => Object.assign(taskAt(calculation, index), taskOf(task)))
  const { status, value, error, startedAt, finishedAt, spentMs, updatedAt, failed = null, retrievedAt = null } = record
  const completed = calculation.tasks.filter(task => task?.state === 'completed').length
  return Object.assign(calculation, {
    status, result: value, error, failed, startedAt, finishedAt, completed, spentMs, updatedAt, retrievedAt
  })
}

function taskRecord (task: Readonly<Task>): TaskRecord {
  const { state, missing, value, attempts, lease, leaseMs, agent, local, endedAttempts, claimedAt, completedAt } = task
  const record = [state, missing, value, attempts, lease, leaseMs, agent, claimedAt, completedAt] as const
  if (local) return [...record, endedAttempts, true]
  return endedAttempts === null ? record : [...record, endedAttempts]
}

function taskOf (record: TaskRecord): Task {
  const [state, missing, value, attempts, lease, leaseMs, agent, claimedAt, completedAt] = record
  const [endedAttempts = null, local = false] = [record[9], record[10]]
  return { state, missing, value, attempts, lease, leaseMs, agent, local, endedAttempts, claimedAt, completedAt }
}
