import type { Failure } from '../../core/errors.js'
import { type ExpressionFailure, type FailedOperation, expressionFailure } from '../../core/queue/failure.js'
import type { Expression } from '../../core/expression.js'
import type { Operand } from '../../core/plan/plan.js'
import type { ClaimedTask, Operations } from '../../core/store.js'
import type { claim } from './sql/claim.js'
import type { inspect } from './sql/report.js'
import type { find, operations } from './sql/views.js'
import type { RowOf } from './statement.js'

/** What rows mean to the rest of the program. */

type ShownRow = RowOf<typeof find>
type TaskRow = RowOf<typeof operations>
export type ClaimedRow = RowOf<typeof claim>

/** The columns of an operation that a failure shows. */
type FailedRow = Pick<RowOf<typeof inspect>,
  'left_value' | 'right_value' | 'text_position' | 'text_length' | 'agents'> & { readonly symbol: string | null }

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

/** A failure as clients see it. */
export function failureIn (row: FailedRow, failure: Failure, task: number): ExpressionFailure {
  return expressionFailure(failure, failedIn(row), task, row.agents ?? [])
}

export function failedIn (row: FailedRow): FailedOperation {
  const { symbol, left_value: left, right_value: right, text_position: position, text_length: length } = row
  if (symbol === null || left === null || right === null) {
    throw new TypeError('An operation cannot fail before its operands are known')
  }
  return { symbol, left, right, range: position === null || length === null ? null : { position, length } }
}

export function claimedTaskOf ({ kind, name, slot, unstarted, limited, ...task }: ClaimedRow): ClaimedTask {
  return kind === null || name === null ? task : { ...task, work: { kind, name } }
}

/** @param tasks those of the range, in order; all their ids are above `after` */
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
