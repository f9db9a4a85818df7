import type { StoreRules } from '../../core/store.js'
import type { Connections } from './connections.js'

/** What every verb works with. */
export interface StoreContext extends Connections {
  readonly rules: StoreRules
  readonly newLease: () => string
  /** The number of this server among all that share the database. */
  readonly server: number
}
