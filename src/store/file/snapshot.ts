import { type Adapter, Low } from 'lowdb'
import { type Ledger, createLedger } from '../memory/ledger.js'
import { WITHOUT_SNAPSHOT, damaged } from './damage.js'
import { type Disk, replaceFile } from './disk.js'
import { type CalculationRecord, fromRecord, toRecord } from './record.js'
import { checksum } from './segment.js'

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
export interface Snapshot extends Origin {
  readonly format: 'longhand'
  readonly version: number
  readonly nextId: number
  readonly nextTask: number
  readonly lastAt: number
  readonly startedAt: number
  readonly expressions: readonly CalculationRecord[]
}

/**
 * The snapshot file through lowdb, with an adapter of our own: lowdb's writer never syncs, so an
 * acknowledged write may be gone after a power loss. The file is replaced whole, one expression a
 * line so that a person and `git diff` can read it, and ends with a checksum of what is before.
 */
export function openSnapshot (disk: Disk, path: string): Low<Snapshot | null> {
  return new Low<Snapshot | null>(snapshotAdapter(disk, path), null)
}

function snapshotAdapter (disk: Disk, path: string): Adapter<Snapshot | null> {
  return {
    async read () {
      const data = await disk.read(path)
      return data === null ? null : decode(path, data)
    },
    async write (snapshot) {
      if (snapshot !== null) await replaceFile(disk, path, encode(snapshot))
    }
  }
}

/** Replaces the snapshot by one that holds everything up to line `last`. */
export async function writeSnapshot (disk: Disk, path: string, ledger: Ledger, origin: Origin): Promise<void> {
  const snapshot = openSnapshot(disk, path)
  snapshot.data = snapshotOf(ledger, origin)
  await snapshot.write()
}

function snapshotOf (ledger: Ledger, { store, issuer, last }: Origin): Snapshot {
  return {
    format: 'longhand',
    version: SNAPSHOT_VERSION,
    store,
    issuer,
    last,
    nextId: ledger.nextId,
    nextTask: ledger.nextTask,
    lastAt: ledger.lastAt,
    startedAt: ledger.startedAt,
    expressions: Array.from(ledger.all(), toRecord)
  }
}

export function ledgerOf (snapshot: Snapshot): Ledger {
  const ledger = createLedger()
  for (const record of snapshot.expressions) ledger.insert(fromRecord(record))
  ledger.nextId = snapshot.nextId
  ledger.nextTask = snapshot.nextTask
  ledger.lastAt = snapshot.lastAt
  ledger.startedAt = snapshot.startedAt
  return ledger
}

const CHECKSUM = /,\n"crc":"([0-9a-f]{8})"\}\n$/

/** How many expressions are turned into text at a time, so that no single string gets too long. */
const CHUNK = 1_000

function encode (snapshot: Snapshot): Buffer[] {
  const { expressions, ...head } = snapshot
  const pieces = [Buffer.from(`${JSON.stringify(head).slice(0, -1)},\n"expressions":[`)]
  for (let start = 0; start < expressions.length; start += CHUNK) {
    const lines = expressions.slice(start, start + CHUNK).map(record => JSON.stringify(record)).join(',\n')
    pieces.push(Buffer.from(`${start === 0 ? '' : ','}\n${lines}`))
  }
  pieces.push(Buffer.from('\n]'))
  const crc = checksum(Buffer.concat(pieces))
  return [...pieces, Buffer.from(`,\n"crc":"${crc}"}\n`)]
}

function decode (path: string, data: Buffer): Snapshot {
  const tail = data.toString('utf8', Math.max(0, data.length - 40))
  const found = CHECKSUM.exec(tail)
  if (found === null) throw damaged(path, null, 'the snapshot does not end as it was written', WITHOUT_SNAPSHOT)
  const body = data.subarray(0, data.length - Buffer.byteLength(found[0]))
  if (checksum(body) !== found[1]) {
    throw damaged(path, null, 'the checksum of the snapshot does not match', WITHOUT_SNAPSHOT)
  }
  const snapshot = JSON.parse(data.toString('utf8')) as AnySnapshot
  if (snapshot.format !== 'longhand') throw damaged(path, null, 'it is not a snapshot of Longhand', WITHOUT_SNAPSHOT)
  if (snapshot.version > SNAPSHOT_VERSION) {
    throw damaged(path, null,
      `it was written by a newer Longhand (format ${snapshot.version}, this one reads up to ${SNAPSHOT_VERSION})`,
      WITHOUT_SNAPSHOT)
  }
  return upgrade(snapshot)
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

type AnySnapshot = Snapshot | ThirdSnapshot | SecondSnapshot | FirstSnapshot

/** Brings an older format up to this one; it is written in this one with the next snapshot. */
function upgrade (snapshot: AnySnapshot): Snapshot {
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
