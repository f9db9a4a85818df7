import type { Calculation } from '../../core/calculation.js'
import { domainError } from '../../core/errors.js'
import { footprintOf } from '../../core/footprint.js'
import type { Intent, StoreRules } from '../../core/store.js'
import { type OpenWork, refuseBeyondLimits } from '../limits.js'
import type { Ledger } from './ledger.js'

/**
 * What has to be known before a submit: the calculation that has its idempotency key already, or null when there is
 * none and there is room for it.
 *
 * @throws `queue_full`, `idempotency_conflict`
 */
export function admit (
  ledger: Ledger, rules: StoreRules, open: OpenWork, { source, operations, idempotency }: Intent
): Calculation | null {
  const earlier = idempotency && ledger.findByKey(idempotency.key)
  if (earlier === undefined) {
    refuseBeyondLimits(rules, open, operations, footprintOf(source, operations))
    return null
  }
  if (earlier.idempotency?.fingerprint !== idempotency?.fingerprint) throw domainError('idempotency_conflict')
  return earlier
}
