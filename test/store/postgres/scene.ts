import type { Clock } from '../../../src/core/clock.js'
import type { Change, Store, StoreRules } from '../../../src/core/store.js'
import { createLeaseTokens } from '../../../src/store/lease-tokens.js'
import { openPostgresStore } from '../../../src/store/postgres/index.js'
import { systemClock } from '../../../src/system/clock.js'
import { RULES } from '../fixture.js'

/** One of several servers on one database, with the database's clock. */
export interface Member {
  readonly store: Store
  readonly changes: Change[]
  readonly faults: unknown[]
}

export interface MemberOptions {
  readonly rules?: StoreRules
  readonly connections?: number
  readonly lookAgainMs?: number | null
  readonly time?: Pick<Clock, 'now' | 'monotonic'>
  readonly clock?: Clock
  readonly lingerMs?: number
}

export async function join (url: string, options: MemberOptions = {}): Promise<Member> {
  const { rules = RULES, lookAgainMs = null, clock = systemClock, ...rest } = options
  const faults: unknown[] = []
  const store = await openPostgresStore({
    url,
    clock,
    rules,
    newLease: createLeaseTokens(),
    onFault: error => { faults.push(error) },
    lookAgainMs,
    ...rest
  })
  const changes: Change[] = []
  store.watch(change => { changes.push(change) })
  return { store, changes, faults }
}

/** Asks again until it is so; the test's own time limit bounds it. */
export async function until (isSo: () => boolean | Promise<boolean>): Promise<void> {
  while (!await isSo()) await new Promise(resolve => setImmediate(resolve))
}
