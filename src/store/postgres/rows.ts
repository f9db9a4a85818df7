import type { TaskState } from '../../core/queue/calculation.js'
import type { Failure } from '../../core/errors.js'
import { type ExpressionFailure, type FailedOperation, expressionFailure } from '../../core/queue/failure.js'
import type { Expression, ListedExpression, Status } from '../../core/expression.js'
import type { Operand } from '../../core/plan/plan.js'
import type { ClaimedTask, Operations } from '../../core/store.js'

/** Rows as the statements give them, and what they mean. */

/** What a failure says of its operation; `FAILING` of the statements. */
export interface FailingRow {
  readonly symbol: string
  readonly left_value: number
  readonly right_value: number
  readonly text_position: number | null
  readonly text_length: number | null
  /** Null where it was never handed out. */
  readonly agents: ReadonlyArray<string | null> | null
}

/** An operation's part is there where `failed_task` is. */
export interface ShownRow extends FailingRow {
  readonly id: number
  readonly kind: string
  readonly source: string
  readonly first_task: number
  readonly operations: number
  readonly result_of: number | null
  readonly status: Status
  readonly result: number | null
  readonly error_code: string | null
  readonly error_message: string | null
  readonly failed_task: number | null
  readonly created_at: number
  readonly started_at: number | null
  readonly finished_at: number | null
  readonly retrieved_at: number | null
  readonly updated_at: number
  readonly work_ms: number
  readonly span_ms: number
  readonly work_before_ms: number
  readonly span_before_ms: number
  readonly completed: number
  readonly remaining_ms: number
}

export type ListedRow = Pick<ShownRow, 'id' | 'kind' | 'status' | 'result' | 'created_at'>

export interface TaskRow {
  readonly symbol: string
  readonly left_task: number | null
  readonly right_task: number | null
  readonly left_value: number | null
  readonly right_value: number | null
  readonly time_ms: number
  readonly path_ms: number
  readonly state: TaskState
  readonly missing: number
  readonly value: number | null
  readonly attempts: number
  readonly lease: string | null
  readonly lease_ms: number
  readonly agent: string | null
  readonly claimed_at: number | null
  readonly completed_at: number | null
}

export interface ClaimedRow {
  /** Null unless the operation is named work. */
  readonly kind: string | null
  readonly name: string | null
  readonly id: number
  readonly expression: number
  readonly symbol: string
  readonly left_value: number
  readonly right_value: number
  readonly time_ms: number
  readonly attempts: number
  readonly lease: string
  readonly lease_ms: number
  /** Which of the claims it is for, from 1 up. */
  readonly slot: number
  readonly unbegun: boolean
  /** The same in all rows of a batch. */
  readonly limited: boolean
}

export function expressionOf (row: ShownRow): Expression {
  return {
    id: row.id,
    kind: row.kind,
    source: row.source,
    status: row.status,
    result: row.result,
    error: errorOf(row),
    createdAt: row.created_at,
    startedAt: row.started_at,
    finishedAt: row.finished_at,
    updatedAt: row.updated_at,
    retrievedAt: row.retrieved_at,
    operations: { total: row.operations, completed: row.completed },
    effort: { workMs: row.work_ms, spanMs: row.span_ms },
    effortBefore: { workMs: row.work_before_ms, spanMs: row.span_before_ms },
    remainingMs: row.remaining_ms
  }
}

function errorOf (row: ShownRow): ExpressionFailure | null {
  const { error_code: code, error_message: message, failed_task: task } = row
  if (code === null) return null
  const failure = { code, message: message ?? '' }
  return task === null ? failure : failureIn(row, failure, task)
}

/** A failure as it is shown. */
export function failureIn (row: FailingRow, failure: Failure, task: number): ExpressionFailure {
  return expressionFailure(failure, failedIn(row), task, row.agents ?? [])
}

export function failedIn (row: FailingRow): FailedOperation {
  const { symbol, left_value: left, right_value: right, text_position: position, text_length: length } = row
  return { symbol, left, right, range: position === null || length === null ? null : { position, length } }
}

export function listedOf ({ id, kind, status, result, created_at: createdAt }: ListedRow): ListedExpression {
  return { id, kind, status, result, createdAt }
}

export function claimedTaskOf (row: ClaimedRow): ClaimedTask {
  const { kind, name } = row
  return {
    id: row.id,
    expression: row.expression,
    symbol: row.symbol,
    left: row.left_value,
    right: row.right_value,
    timeMs: row.time_ms,
    attempt: row.attempts,
    lease: row.lease,
    leaseMs: row.lease_ms,
    ...kind !== null && name !== null && { work: { kind, name } }
  }
}

/** @param tasks those of the range, which begins after this id, in order */
export function operationsOf (row: ShownRow, tasks: readonly TaskRow[], after: number): Operations {
  const { first_task: firstTask, operations: total } = row
  const operand = (task: number | null, value: number | null): Operand =>
    task === null ? value! : { of: task - firstTask }
  return {
    expression: expressionOf(row),
    firstTask,
    start: Math.min(Math.max(0, after + 1 - firstTask), total),
    operations: tasks.map(task => ({
      symbol: task.symbol,
      left: operand(task.left_task, task.left_value),
      right: operand(task.right_task, task.right_value),
      timeMs: task.time_ms,
      pathMs: task.path_ms
    })),
    tasks: tasks.map(task => ({
      state: task.state,
      missing: task.missing,
      value: task.value,
      attempts: task.attempts,
      lease: task.lease,
      leaseMs: task.lease_ms,
      agent: task.agent,
      claimedAt: task.claimed_at,
      completedAt: task.completed_at
    })),
    operands: tasks.map(task => [task.left_value, task.right_value] as const)
  }
}
