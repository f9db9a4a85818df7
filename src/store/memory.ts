import type { Clock } from '../core/clock.js'
import { leaseToken } from '../core/queue/lease-token.js'
import type { Store, StoreRules } from '../core/store.js'
import { newIssuer } from './lease-tokens.js'
import { createListeners } from './listeners.js'
import { createLedger } from '../core/queue/ledger.js'
import { createQueue } from '../core/queue/queue.js'

export interface MemoryStoreOptions {
  readonly clock: Clock
  readonly rules: StoreRules
  /** Names an attempt in letters, digits and `._-`; never twice, in this process or another. */
  readonly newLease: () => string
}

/** A store that forgets everything with its process: for tests, and for trying things out. */
export function createMemoryStore ({ clock, rules, newLease }: MemoryStoreOptions): Store {
  const listeners = createListeners()
  const issuer = newIssuer()
  const queue = createQueue({
    ledger: createLedger(),
    clock,
    rules,
    issuer,
    newLease: () => leaseToken(issuer, newLease()),
    append: () => {},
    announce: listeners.notify
  })

  return {
    submit: async submission => queue.submit(submission),
    admit: async intent => queue.admit(intent),
    claim: async claim => queue.claim(claim),
    report: async reports => queue.report(reports),
    reportAndClaim: async (reports, claim) => queue.reportAndClaim(reports, claim),
    renew: async leases => queue.renew(leases),
    check: async leases => queue.check(leases),
    release: async leases => queue.release(leases),
    expire: async () => queue.expire(),
    cancel: async id => queue.cancel(id),
    retrieve: async id => queue.retrieve(id),
    find: async id => queue.find(id),
    findByKey: async idempotency => queue.findByKey(idempotency),
    findOperations: async (id, range) => queue.findOperations(id, range),
    changesOf: async (id, since, limit) => queue.changesOf(id, since, limit),
    listChanges: async (since, limit) => queue.listChanges(since, limit),
    list: async query => queue.list(query),
    listVersion: async () => queue.listVersion(),
    load: async () => queue.load(),
    serves: () => true,
    backlog: async () => queue.backlog(),
    taskOverview: async () => queue.taskOverview(),
    watch: listeners.add,
    close: async () => {}
  }
}
