import type { Failure } from '../../core/errors.js'
import { type ExpressionFailure, type FailedOperation, expressionFailure } from '../../core/queue/failure.js'
import type { Expression } from '../../core/expression.js'
import type { Operand } from '../../core/plan/plan.js'
import type { ClaimedTask, OperationStates, Operations } from '../../core/store.js'
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

/** @param rows the tasks of the range, in order; all their ids are above `after` */
export function operationsOf (shown: ShownRow, rows: readonly TaskRow[], after: number): Operations {
  const start = Math.max(0, after + 1 - shown.first_task)
  const indices = rows.map((_, offset) => start + offset)
  return { expression: expressionOf(shown), ...statesOf(shown.first_task, indices, rows) }
}

/** @param indices of the rows' operations in the plan */
export function statesOf (firstTask: number, indices: readonly number[], rows: readonly TaskRow[]): OperationStates {
  const operand = (task: number | null, value: number | null): Operand =>
    task === null ? value! : { of: task - firstTask }
  return {
    firstTask,
    indices,
    operations: rows.map(({ symbol, leftTask, leftValue, rightTask, rightValue, timeMs, pathMs }) => ({
      symbol, left: operand(leftTask, leftValue), right: operand(rightTask, rightValue), timeMs, pathMs
    })),
    tasks: rows.map(({ symbol, leftTask, leftValue, rightTask, rightValue, timeMs, pathMs, ...task }) => task),
    operands: rows.map(({ leftValue, rightValue }) => [leftValue, rightValue] as const)
  }
}
