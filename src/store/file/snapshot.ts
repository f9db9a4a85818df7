import { type Adapter, Low } from 'lowdb'
import type { Calculation } from '../../core/queue/calculation.js'
import { type Ledger, createLedger } from '../../core/queue/ledger.js'
import { type Disk, replaceFile } from './disk.js'
import { type CalculationRecord, fromRecord, toRecord } from './calculation-record.js'
import { type Origin, type Snapshot, SNAPSHOT_FORMAT, decodeSnapshot, encodeSnapshot } from './snapshot-format.js'

/** A snapshot whose expressions may be generated one by one while they are written. */
type AnyRecords = Snapshot<Iterable<CalculationRecord>>

/**
 * The snapshot file through lowdb, with an adapter of our own, because a power loss may undo what lowdb's own writer
 * wrote: it never syncs. The file is replaced as a whole. It has one expression a line, so that people and `git diff`
 * can read it, and ends with a checksum of everything before.
 */
export function openSnapshot (disk: Disk, path: string): Low<AnyRecords | null> {
  return new Low<AnyRecords | null>(snapshotAdapter(disk, path), null)
}

function snapshotAdapter (disk: Disk, path: string): Adapter<AnyRecords | null> {
  return {
    async read () {
      const chunks = await disk.readChunks(path)
      return chunks === null ? null : decodeSnapshot(path, chunks)
    },
    async write (snapshot) {
      if (snapshot !== null) await replaceFile(disk, path, encodeSnapshot(snapshot))
    }
  }
}

/** Replaces the snapshot with one of everything up to line `last`. Nothing may change the ledger meanwhile. */
export async function writeSnapshot (disk: Disk, path: string, ledger: Ledger, origin: Origin): Promise<void> {
  const snapshot = openSnapshot(disk, path)
  snapshot.data = snapshotOf(ledger, origin)
  await snapshot.write()
}

function snapshotOf (ledger: Ledger, { store, issuer, last }: Origin): AnyRecords {
  return {
    format: SNAPSHOT_FORMAT.name,
    version: SNAPSHOT_FORMAT.version,
    store,
    issuer,
    last,
    nextId: ledger.nextId,
    nextTask: ledger.nextTask,
    lastAt: ledger.lastAt,
    startedAt: ledger.startedAt,
    expressions: recordsOf(ledger.all())
  }
}

function * recordsOf (calculations: Iterable<Calculation>): Generator<CalculationRecord> {
  for (const calculation of calculations) yield toRecord(calculation)
}

export function ledgerOf (snapshot: AnyRecords): Ledger {
  const ledger = createLedger()
  for (const record of snapshot.expressions) ledger.insert(fromRecord(record))
  ledger.nextId = snapshot.nextId
  ledger.nextTask = snapshot.nextTask
  ledger.lastAt = snapshot.lastAt
  ledger.startedAt = snapshot.startedAt
  return ledger
}
