import { domainError } from '../errors.js'
import type { StoreRules } from '../store.js'

/** How much is open of what a limit bounds, and how much a submit would add. */
export interface Amount {
  readonly open: number
  readonly added: number
}

/** Open work by what bounds it; a store that keeps none of it in memory has no limit of `bytes`. */
export interface OpenWork {
  readonly expressions: Amount
  readonly operations: Amount
  readonly bytes?: Amount
}

/** @throws `queue_full` when the submit would exceed a limit */
export function refuseBeyondLimits (rules: StoreRules, { expressions, operations, bytes }: OpenWork): void {
  refuseBeyond(rules.openExpressions, expressions, open => `${open} expressions are unfinished`)
  refuseBeyond(rules.openOperations, operations, open => `${open} operations of unfinished expressions are waiting`)
  if (bytes !== undefined) refuseBeyond(rules.openBytes, bytes, open => `unfinished expressions take ${open} bytes`)
}

/** The only open expression may be as large as its own limits allow. */
function refuseBeyond (limit: number, { open, added }: Amount, describe: (open: number) => string): void {
  if (open > 0 && open + added > limit) throw domainError('queue_full', { what: describe(open) })
}
