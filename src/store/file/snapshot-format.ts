import type { CalculationRecord } from './record.js'

/**
 * 2 added what time limits need, 3 tells what was begun lately, 4 names the issuer of leases; older ones are brought up
 * to this one.
 */
export const SNAPSHOT_VERSION = 4

/** Whose state it is, and up to where. */
export interface Origin {
  /** Names the store; the journal's segments carry the same. */
  readonly store: string
  /** Begins each lease token of the store. It is another one once something was lost or restored. */
  readonly issuer: string
  /** Number of the last line of the journal that is in it. */
  readonly last: number
}

/** What `longhand.json` holds: everything up to the journal's line `last`. */
export interface Snapshot<Records extends Iterable<CalculationRecord> = readonly CalculationRecord[]> extends Origin {
  readonly format: 'longhand'
  readonly version: number
  readonly nextId: number
  readonly nextTask: number
  readonly lastAt: number
  readonly startedAt: number
  readonly expressions: Records
}

/** Before time limits: nobody wrote down when a process began, or how long a calculation had taken. */
interface FirstSnapshot extends Omit<ThirdSnapshot, 'version' | 'lastAt' | 'startedAt' | 'expressions'> {
  readonly version: 1
  readonly expressions: ReadonlyArray<Omit<CalculationRecord, 'spentMs'>>
}

/** Here 0 also stood for calculations that were begun by the process that wrote it. */
interface SecondSnapshot extends Omit<ThirdSnapshot, 'version'> {
  readonly version: 2
}

/** Here tokens did not name the store. */
interface ThirdSnapshot extends Omit<Snapshot, 'version' | 'issuer'> {
  readonly version: 3
}

/** What a file may hold that this version reads. */
export type AnySnapshot = Snapshot | ThirdSnapshot | SecondSnapshot | FirstSnapshot

/** Brings an older format up to this one; it is written in this one with the next snapshot. */
export function upgrade (snapshot: AnySnapshot): Snapshot {
  if (isCurrent(snapshot)) return snapshot
  // The same at each start, until there is a snapshot that says it: the tokens of that time go on counting.
  const origin = { ...snapshot, version: SNAPSHOT_VERSION, issuer: snapshot.store }
  if (isFirst(snapshot)) {
    const expressions = snapshot.expressions.map(record => ({ ...record, spentMs: null }))
    return { ...origin, lastAt: 0, startedAt: 0, expressions }
  }
  if (snapshot.version === 3) return { ...origin, ...dated(snapshot), expressions: snapshot.expressions }
  const expressions = snapshot.expressions.map(record => ({ ...record, spentMs: record.spentMs || null }))
  return { ...origin, ...dated(snapshot), expressions }
}

function dated ({ lastAt, startedAt }: SecondSnapshot | ThirdSnapshot): Pick<Snapshot, 'lastAt' | 'startedAt'> {
  return { lastAt, startedAt }
}

function isCurrent (snapshot: AnySnapshot): snapshot is Snapshot {
  return snapshot.version === SNAPSHOT_VERSION
}

function isFirst (snapshot: AnySnapshot): snapshot is FirstSnapshot {
  return snapshot.version === 1
}
