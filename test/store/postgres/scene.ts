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
  readonly rescanMs?: number | null
  readonly time?: Pick<Clock, 'now' | 'monotonic'>
  readonly clock?: Clock
  readonly graceMs?: number
  readonly paceMs?: number
}

export async function join (url: string, options: MemberOptions = {}): Promise<Member> {
  const { rules = RULES, rescanMs = null, clock = systemClock, ...rest } = options
  const faults: unknown[] = []
  const store = await openPostgresStore({
    url,
    clock,
    rules,
    newLease: createLeaseTokens(),
    onFault: error => { faults.push(error) },
    rescanMs,
    ...rest
  })
  const changes: Change[] = []
  store.watch(change => { changes.push(change) })
  return { store, changes, faults }
}

/** Repeats the question until the answer is yes; the time limit of the test bounds it. */
export async function until (isTrue: () => boolean | Promise<boolean>): Promise<void> {
  while (!await isTrue()) await new Promise(resolve => setImmediate(resolve))
}
