import { type Calculation, operandValue, operationAt, taskAt } from './calculation.js'
import type { Expression } from '../expression.js'
import { type ExpressionFailure, type FailedOperation, expressionFailure } from './failure.js'
import { sourceRangeOf } from '../plan/plan.js'
import { remainingMs } from './remaining.js'

/** What clients see of a calculation. */
export function describe (calculation: Calculation): Expression {
  const { id, kind, source, plan, status, result, createdAt, startedAt, finishedAt } = calculation
  const { updatedAt, retrievedAt } = calculation
  return {
    id,
    kind,
    source,
    status,
    result,
    error: shownFailure(calculation),
    createdAt,
    startedAt,
    finishedAt,
    updatedAt,
    retrievedAt,
    operations: { total: calculation.tasks.length, completed: calculation.completed },
    effort: plan.effort,
    effortBefore: plan.before,
    remainingMs: remainingMs(calculation)
  }
}

/** An operation whose operands are known, as a failure names it. */
export function failedOperation (calculation: Calculation, index: number): FailedOperation {
  const { symbol, left, right } = operationAt(calculation, index)
  return {
    symbol,
    left: operandValue(calculation, left)!,
    right: operandValue(calculation, right)!,
    range: sourceRangeOf(calculation.plan, index)
  }
}

/** Why it failed, as clients see it; null while it did not. */
export function shownFailure (calculation: Calculation): ExpressionFailure | null {
  const { error, failed, firstTask } = calculation
  if (error === null || failed === null) return error
  const { attempts, agent, earlierAgents } = taskAt(calculation, failed)
  const agents = attempts === 0 ? [] : [...earlierAgents ?? [], agent]
  return expressionFailure(error, failedOperation(calculation, failed), firstTask + failed, agents)
}
