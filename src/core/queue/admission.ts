import { domainError } from '../errors.js'
import type { Load, StoreRules } from '../store.js'

/** What is unfinished; the bytes for stores that keep it in memory. */
export interface OpenWork extends Load {
  readonly openBytes?: number
}

/** @throws `queue_full` when an expression of so many operations, and bytes, would be too much unfinished work. */
export function refuseBeyondLimits (
  rules: StoreRules, { openExpressions, openOperations, openBytes = 0 }: OpenWork, operations: number, bytes = 0
): void {
  if (openExpressions >= rules.openExpressions) {
    throw domainError('queue_full', { what: `${openExpressions} expressions are unfinished` })
  }
  // One that is alone may be as large as its own limit allows.
  if (openOperations > 0 && openOperations + operations > rules.openOperations) {
    throw domainError('queue_full', { what: `${openOperations} operations of unfinished expressions are waiting` })
  }
  if (openBytes > 0 && openBytes + bytes > rules.openBytes) {
    throw domainError('queue_full', { what: `unfinished expressions take ${openBytes} bytes` })
  }
}
