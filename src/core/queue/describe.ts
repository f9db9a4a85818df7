import { agentsOf } from './attempts.js'
import { type Calculation, operandValue, operationAt, peekTask, taskAt } from './calculation.js'
import type { Expression, ListedExpression } from '../expression.js'
import { type ExpressionFailure, type FailedOperation, expressionFailure } from './failure.js'
import { sourceRangeOf } from '../plan/plan.js'
import { remainingMs } from './remaining.js'
import type { OperationStates, Operations, TaskRange } from '../store.js'

/** The expression as clients see it. */
export function describe (calculation: Calculation): Expression {
  const { id, kind, source, plan, status, result, createdAt, startedAt, finishedAt } = calculation
  const { updatedAt, retrievedAt } = calculation
  return {
    id,
    kind,
    source,
    status,
    result,
    error: describeFailure(calculation),
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

/** The expression as a list shows it. */
export function describeListed ({ id, kind, status, result, createdAt }: Calculation): ListedExpression {
  return { id, kind, status, result, createdAt }
}

/** The plan and the tasks, or those in the range, as clients see them. Costs what the range costs. */
export function describeOperations (
  calculation: Calculation, { after = 0, limit = Infinity }: TaskRange = {}
): Operations {
  const { firstTask, tasks: { length } } = calculation
  const start = Math.min(Math.max(0, after + 1 - firstTask), length)
  const indices = Array.from({ length: Math.min(limit, length - start) }, (_, offset) => start + offset)
  return { expression: describe(calculation), ...describeStates(calculation, indices) }
}

/** These operations of the plan as clients see them. */
export function describeStates (calculation: Calculation, indices: readonly number[]): OperationStates {
  const operations = indices.map(index => operationAt(calculation, index))
  const tasks = indices.map(index => ({ ...peekTask(calculation, index) }))
  const operands = operations.map(({ left, right }) => {
    return [operandValue(calculation, left) ?? null, operandValue(calculation, right) ?? null] as const
  })
  return { firstTask: calculation.firstTask, indices, operations, tasks, operands }
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

/** Why the expression failed, as clients see it; null unless it did. */
function describeFailure (calculation: Calculation): ExpressionFailure | null {
  const { error, failed, firstTask } = calculation
  if (error === null || failed === null) return error
  const agents = agentsOf(taskAt(calculation, failed))
  return expressionFailure(error, failedOperation(calculation, failed), firstTask + failed, agents)
}
