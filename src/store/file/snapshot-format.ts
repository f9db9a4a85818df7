import type { Format } from './format.js'
import type { CalculationRecord } from './record.js'

/** What the journal continues from. */
export interface Origin {
  /** The name of the store; the journal's segments carry the same. */
  readonly store: string
  /** The name of the store in its lease tokens. A restored store gets a new one. */
  readonly issuer: string
  /** Number of the last line of the journal that the snapshot includes. */
  readonly last: number
}

/** What `longhand.json` holds: everything up to the journal's line `last`. */
export interface Snapshot<Records extends Iterable<CalculationRecord> = readonly CalculationRecord[]> extends Origin {
  readonly format: string
  readonly version: number
  readonly nextId: number
  readonly nextTask: number
  readonly lastAt: number
  readonly startedAt: number
  readonly expressions: Records
}

export const SNAPSHOT_FORMAT: Format<Snapshot> = { name: 'longhand-snapshot', version: 1, upgrades: new Map() }
