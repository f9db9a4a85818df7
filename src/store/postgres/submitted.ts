import { type Failure, domainError } from '../../core/errors.js'
import type { Expression } from '../../core/expression.js'
import { type ExpressionFailure, expressionFailure } from '../../core/queue/failure.js'
import { initialOperationsOf } from '../../core/plan/initial-operations.js'
import { type Plan, sourceRangeOf } from '../../core/plan/plan.js'
import { refusalOf } from '../../core/queue/refusal.js'
import type { Submission } from '../../core/store.js'

/** What became of a submit: the expression, or the id of the one that was kept under its key. */
export interface Submitted {
  readonly id: number
  /** Null for an earlier one. */
  readonly created: Expression | null
}

export interface SubmittedRow {
  readonly id: number
  /** Null for an earlier submit. */
  readonly first_task: number | null
  /** Of an earlier submit with the same key. */
  readonly fingerprint: string | null
  /** Null for an earlier submit. */
  readonly created_at: number | null
}

export interface Beginning extends Pick<Expression, 'status' | 'result'> {
  readonly error: Failure | null
  /** Index of the operation that can have no result. */
  readonly failed: number | null
}

export function submittedOf (
  { kind, source, plan, idempotency }: Submission, { status, result, error, failed }: Beginning, row: SubmittedRow
): Submitted | Error {
  const { id, first_task: firstTask, created_at: createdAt, fingerprint } = row
  if (createdAt === null) {
    return fingerprint === idempotency?.fingerprint ? { id, created: null } : domainError('idempotency_conflict')
  }
  const isFinal = status !== 'pending'
  return {
    id,
    created: {
      id,
      kind,
      source,
      status,
      result,
      error: error === null || failed === null ? error : failureAt(plan, failed, error, firstTask!),
      createdAt,
      startedAt: null,
      finishedAt: isFinal ? createdAt : null,
      updatedAt: createdAt,
      retrievedAt: null,
      operations: { total: plan.operations.length, completed: 0 },
      effort: plan.effort,
      effortBefore: plan.before,
      remainingMs: isFinal ? 0 : plan.effort.spanMs
    }
  }
}

/** Only for an operation whose operands are numbers in the plan. */
function failureAt (plan: Plan, index: number, error: Failure, firstTask: number): ExpressionFailure {
  const { symbol, left, right } = plan.operations.at(index)!
  const operation = { symbol, left: left as number, right: right as number, range: sourceRangeOf(plan, index) }
  return expressionFailure(error, operation, firstTask + index, [])
}

const FAULTLESS = { error: null, failed: null }

/** What an expression is from the beginning. */
export function beginningOf (plan: Plan): Beginning {
  if (typeof plan.result === 'number') return { status: 'completed', result: plan.result + 0, ...FAULTLESS }
  const { refused: failed } = initialOperationsOf(plan)
  if (failed === null) return { status: 'pending', result: null, ...FAULTLESS }
  const { symbol, left, right } = plan.operations.at(failed)!
  const error = refusalOf(symbol, left as number, right as number, () => sourceRangeOf(plan, failed))
  return { status: 'failed', result: null, error, failed }
}

/** The symbols of its operations, each once. */
export function symbolsOf ({ operations }: Plan): string[] {
  const symbols = new Set<string>()
  for (const { symbol } of operations) symbols.add(symbol)
  return [...symbols]
}
