import type { StoreFixture } from '../fixture.js'
import { admitConformance } from './admit.js'
import { attemptConformance } from './attempts.js'
import { cancelConformance } from './cancel.js'
import { changesConformance } from './changes.js'
import { claimConformance } from './claim.js'
import { concurrentConformance } from './concurrent.js'
import { expireConformance } from './expire.js'
import { findConformance } from './find.js'
import { largeConformance } from './large.js'
import { lateResultConformance } from './late-results.js'
import { listConformance } from './list.js'
import { localLeaseConformance } from './local-leases.js'
import { recoveryConformance } from './recovery.js'
import { releaseConformance } from './release.js'
import { renewConformance } from './renew.js'
import { reportAndClaimConformance } from './report-and-claim.js'
import { reportConformance } from './report.js'
import { retentionConformance } from './retention.js'
import { retrieveConformance } from './retrieve.js'
import { submitConformance } from './submit.js'
import { taskOverviewConformance } from './task-overview.js'
import { timeLimitConformance } from './time-limit.js'
import { tokenConformance } from './tokens.js'
import { waiterConformance } from './waiters.js'
import { watchConformance } from './watch.js'

/**
 * The contract of `Store`: every implementation runs exactly these tests.
 *
 * @param concurrent the store for calls at the same time, where `fixture` puts calls in an order
 * @param withGrace the store for clients that wait, where `fixture` deletes what is beyond its limits at once
 */
export function conformance (
  fixture: StoreFixture, { concurrent = fixture, withGrace = fixture }: {
    concurrent?: StoreFixture, withGrace?: StoreFixture
  } = {}
): void {
  submitConformance(fixture)
  largeConformance(fixture)
  admitConformance(fixture)
  changesConformance(fixture)
  claimConformance(fixture)
  reportConformance(fixture)
  reportAndClaimConformance(fixture)
  tokenConformance(fixture)
  renewConformance(fixture)
  releaseConformance(fixture)
  expireConformance(fixture)
  attemptConformance(fixture)
  lateResultConformance(fixture)
  timeLimitConformance(fixture)
  cancelConformance(fixture)
  retrieveConformance(fixture)
  findConformance(fixture)
  listConformance(fixture)
  taskOverviewConformance(fixture)
  watchConformance(fixture)
  retentionConformance(fixture)
  recoveryConformance(fixture)
  localLeaseConformance(fixture)
  concurrentConformance(concurrent)
  waiterConformance(withGrace)
}
