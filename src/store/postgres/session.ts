import type { Clock } from '../../core/clock.js'
import type { StoreRules } from '../../core/store.js'
import type { Connections } from './connections.js'
import type { Moment } from './statement.js'

/** What every verb works with. */
export interface Session extends Connections {
  readonly rules: StoreRules
  readonly newLease: () => string
  /** The number of this server among all that share the database. */
  readonly server: number
  /** The times of a statement that is sent now. */
  moment (): Moment
}

export function createSession (
  connections: Connections, rules: StoreRules, newLease: () => string, server: number, moment: () => Moment
): Session {
  return {
    ...connections,
    rules,
    newLease,
    server,
    moment
  }
}

/** @param time instead of the database's clock, for tests */
export function createMoments (time: Pick<Clock, 'now' | 'monotonic'> | null): () => Moment {
  return () => ({ at: time?.now() ?? null, tick: time?.monotonic() ?? null })
}
