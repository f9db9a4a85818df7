import { type Failure, domainError } from '../../core/errors.js'
import type { Expression } from '../../core/expression.js'
import { type ExpressionFailure, expressionFailure, operandFailureOf } from '../../core/queue/failure.js'
import { initialOperationsOf } from '../../core/plan/initial-operations.js'
import { type Plan, sourceRangeOf } from '../../core/plan/plan.js'
import type { Submission } from '../../core/store.js'
import type { submit } from './sql/submit.js'
import type { RowOf } from './statement.js'

/** The effect of a submit: a new expression, or the id of the one that has its idempotency key. */
export interface SubmitResult {
  readonly id: number
  /** Null for an earlier one. */
  readonly created: Expression | null
}

/** The state in which an expression is stored. */
export interface InitialState extends Pick<Expression, 'status' | 'result'> {
  readonly error: Failure | null
  /** Index of the operation that has no result. */
  readonly failed: number | null
}

export function submitResultOf (
  { kind, source, plan, idempotency }: Submission, { status, result, error, failed }: InitialState,
  row: RowOf<typeof submit>
): SubmitResult | Error {
  const { id, first_task: firstTask, created_at: createdAt, fingerprint } = row
  if (createdAt === null || firstTask === null) {
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
      error: error === null || failed === null ? error : failureAt(plan, failed, error, firstTask),
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

function failureAt (plan: Plan, index: number, error: Failure, firstTask: number): ExpressionFailure {
  const operation = { ...readyOperation(plan, index), range: sourceRangeOf(plan, index) }
  return expressionFailure(error, operation, firstTask + index, [])
}

const WITHOUT_ERROR = { error: null, failed: null }

export function initialStateOf (plan: Plan): InitialState {
  if (typeof plan.result === 'number') return { status: 'completed', result: plan.result + 0, ...WITHOUT_ERROR }
  const { refused: failed } = initialOperationsOf(plan)
  if (failed === null) return { status: 'pending', result: null, ...WITHOUT_ERROR }
  const { symbol, left, right } = readyOperation(plan, failed)
  const error = operandFailureOf(symbol, left, right, () => sourceRangeOf(plan, failed))
  return { status: 'failed', result: null, error, failed }
}

/** An operation whose operands are numbers in the plan. */
function readyOperation (plan: Plan, index: number) {
  const { symbol, left, right } = plan.operations.at(index)!
  if (typeof left !== 'number' || typeof right !== 'number') throw new TypeError(`Operation ${index} is not ready`)
  return { symbol, left, right }
}
