import type { Clock } from '../../core/clock.js'
import type { StoreRules } from '../../core/store.js'
import type { Connections } from './connections.js'
import type { Moment } from './statement.js'

/** What every verb works with. */
export interface Session extends Connections {
  readonly rules: StoreRules
  readonly newLease: () => string
  /** The times of a statement that is sent now. */
  moment (): Moment
}

/** @param time instead of the database's clock, for tests */
export function createSession (
  connections: Connections, rules: StoreRules, newLease: () => string, time: Pick<Clock, 'now' | 'monotonic'> | null
): Session {
  return {
    ...connections,
    rules,
    newLease,
    moment: () => ({ at: time?.now() ?? null, tick: time?.monotonic() ?? null })
  }
}
