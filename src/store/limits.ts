import { domainError } from '../core/errors.js'
import type { Load, StoreRules } from '../core/store.js'

/** @throws `queue_full` when an expression of so many operations would be too much unfinished work. */
export function refuseBeyondLimits (
  rules: StoreRules, { openExpressions, openOperations }: Load, operations: number
): void {
  if (openExpressions >= rules.openExpressions) {
    throw domainError('queue_full', { what: `${openExpressions} expressions are unfinished` })
  }
  // One that is alone may be as large as its own limit allows.
  if (openOperations > 0 && openOperations + operations > rules.openOperations) {
    throw domainError('queue_full', { what: `${openOperations} operations of unfinished expressions are waiting` })
  }
}
