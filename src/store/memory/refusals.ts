import { type Calculation, operandValue, operationAt } from '../../core/calculation.js'
import { type ErrorCode, type Failure, domainError, failure } from '../../core/errors.js'
import { operationOf } from '../../core/operations.js'
import type { StoreRules } from '../../core/store.js'
import type { Retention } from './retention.js'

/** Why an operation whose operands are known has no result, before anybody works on it. */
export function refusalOf (calculation: Calculation, index: number): Failure | null {
  const { symbol, left, right } = operationAt(calculation, index)
  const one = operandValue(calculation, left)!
  const other = operandValue(calculation, right)!
  const code: ErrorCode | null = operationOf(symbol).refusal(one, other)
  return code === null ? null : failure(code, { operation: `${one} ${symbol} ${other}` })
}

/** @throws `queue_full` when an expression of so many operations would be too much unfinished work. */
export function refuseBeyondLimits (
  rules: StoreRules, { openExpressions, openOperations }: Retention, operations: number
): void {
  if (openExpressions >= rules.openExpressions) {
    throw domainError('queue_full', { what: `${openExpressions} expressions are unfinished` })
  }
  // One that is alone may be as large as its own limit allows.
  if (openOperations > 0 && openOperations + operations > rules.openOperations) {
    throw domainError('queue_full', { what: `${openOperations} operations of unfinished expressions are waiting` })
  }
}
