import { randomUUID } from 'node:crypto'
import { dirname } from 'node:path'
import type { Transition } from '../../core/queue/transition.js'
import { type Ledger, createLedger } from '../../core/queue/ledger.js'
import { createIssuerName } from '../lease-tokens.js'
import { WITHOUT_SNAPSHOT, damaged, restoredPath } from './corruption.js'
import { type DiskFile, createFile } from './disk.js'
import { type StoreFiles, type Segment, readSegments, removeSegments, segmentFirsts, segmentPath } from './store-files.js'
import { encodeHeader } from './segment.js'
import { ledgerOf, openSnapshot, writeSnapshot } from './snapshot.js'
import type { Origin } from './snapshot-format.js'

/** A store as the disk has it, with its newest segment open at the end of its last whole group. */
export interface Recovered {
  readonly store: string
  readonly issuer: string
  readonly ledger: Ledger
  readonly file: DiskFile
  /** Number of the first line that the open segment may hold, of the last that it does, and its size in bytes. */
  readonly first: number
  readonly last: number
  readonly size: number
  /** Number of the last line that the snapshot holds. */
  readonly snapshotLast: number
}

/**
 * Reads the snapshot and replays the journal after it. Changes nothing before all of it has turned
 * out sound, and then only what was never acknowledged: the torn end of the last segment. When it
 * is done, a power loss keeps all that was found. Where there is no store, it starts one; one that
 * was restored goes on as `startAfresh` tells.
 *
 * @throws DamagedStoreError where the files are not what was written or do not belong together
 */
export async function recover (files: StoreFiles): Promise<Recovered> {
  const { disk, path } = files
  const snapshot = openSnapshot(disk, path)
  await snapshot.read()
  const segments = await readSegments(files)

  const wasRestored = await disk.read(restoredPath(path)) !== null
  if (snapshot.data === null) {
    // Only the first segment of all is made before its snapshot.
    const later = (await segmentFirsts(files)).find(first => first > 1)
    const used = segments.find(({ transitions }) => transitions.length > 0)?.header.first
    const first = later ?? used
    if (first === undefined) return createStore(files, wasRestored)
    const owned = segmentPath(files, first)
    throw damaged(path, null, `the snapshot is missing, but ${owned} belongs to one`, WITHOUT_SNAPSHOT)
  }

  const { store, last } = snapshot.data
  const ledger = ledgerOf(snapshot.data)
  const newest = replay(files, ledger, segments, { store, after: last })
  const file = await disk.reopen(newest.path, newest.size, newest.size - newest.unproven.length)
  const issuer = wasRestored ? createIssuerName() : snapshot.data.issuer
  const snapshotLast = wasRestored ? newest.last : last
  await closeOnError(file, async () => {
    await proveDurable(files, file, newest)
    if (wasRestored) await skipIds(files, ledger, { store, issuer, last: snapshotLast })
    // Not the one that goes on, though the snapshot may hold all of it and another, without a header, may follow it.
    await removeSegments(files, Math.min(snapshotLast, newest.header.first - 1))
  })
  return { store, issuer, ledger, file, first: newest.header.first, last: newest.last, size: newest.size, snapshotLast }
}

/** Added to the next ids of a store that was restored: more than can have been given since. */
const SKIPPED_IDS = 1_000_000_000

/**
 * Somebody has restored the store from a backup, or goes on without what is lost, and says so by the file beside it.
 * Ids that were answered since must not be given again, and lease tokens that were issued since name other tasks: so
 * the ids go on much higher, and the tokens begin with another name.
 */
async function skipIds ({ disk, path }: StoreFiles, ledger: Ledger, origin: Origin): Promise<void> {
  ledger.nextId += SKIPPED_IDS
  ledger.nextTask += SKIPPED_IDS
  await writeSnapshot(disk, path, ledger, origin)
  await disk.remove(restoredPath(path))
  await disk.syncFolder(dirname(path))
}

/**
 * What the system shows need not be on disk: the process that wrote it may have died before the
 * sync, and after a sync that failed Linux takes unwritten pages for written ones. So whatever
 * nothing proves to be there is written over itself, and synced before anybody sees it.
 */
async function proveDurable ({ disk, path }: StoreFiles, file: DiskFile, { unproven }: Segment): Promise<void> {
  await file.append(unproven)
  await file.sync()
  await disk.syncFolder(dirname(path))
}

async function closeOnError (file: DiskFile, act: () => Promise<void>): Promise<void> {
  try {
    await act()
  } catch (error) {
    // The first error is the one to tell.
    await file.close().catch(() => {})
    throw error
  }
}

/**
 * Applies the lines beyond number `after`, which must all be there; answers the segment that goes
 * on.
 *
 * @throws DamagedStoreError
 */
export function replay (
  files: StoreFiles, ledger: Ledger, segments: readonly Segment[], { store, after }: { store: string, after: number }
): Segment {
  let applied = after
  let newest: Segment | undefined
  for (const segment of segments) {
    const { header, path, transitions } = segment
    if (header.store !== store) throw damaged(path, 1, `the segment belongs to another store than ${files.path}`)
    if (newest !== undefined && header.first <= newest.last) {
      // Left by a rotation that failed: the segment before it went on instead.
      if (transitions.length === 0) continue
      throw damaged(path, null, `it begins at line ${header.first}, but ${newest.path} goes up to ${newest.last}`)
    }
    if (header.first > applied + 1) {
      throw damaged(path, null, `the lines ${applied + 1} to ${header.first - 1} before it are missing`)
    }
    for (const [offset, transition] of transitions.entries()) {
      const number = header.first + offset
      if (number <= applied) continue
      apply(ledger, transition, path, number)
      applied = number
    }
    newest = segment
  }
  if (newest === undefined || newest.last < after) {
    const path = segmentPath(files, after + 1)
    throw damaged(files.path, null, `the journal from line ${after + 1} on is missing`,
      `write this line to ${path} : ${encodeHeader(store, after + 1).toString().trimEnd()}`)
  }
  return newest
}

/** A sound line can only fail to fit when it follows on another state than the one it was written for. */
function apply (ledger: Ledger, transition: Transition, path: string, number: number): void {
  try {
    ledger.apply(transition)
  } catch (error) {
    throw damaged(path, null, `line number ${number} does not fit what is before it (${(error as Error).message})`)
  }
}

/** The segment first: a crash before the snapshot leaves an empty segment, which is no store yet. */
async function createStore (files: StoreFiles, wasRestored: boolean): Promise<Recovered> {
  const { disk, path } = files
  const [store, issuer] = [randomUUID(), createIssuerName()]
  const header = encodeHeader(store, 1)
  const file = await createFile(disk, segmentPath(files, 1), header)
  const ledger = createLedger()
  const origin = { store, issuer, last: 0 }
  await closeOnError(file, () => wasRestored
    ? skipIds(files, ledger, origin)
    : writeSnapshot(disk, path, ledger, origin))
  return { store, issuer, ledger, file, first: 1, last: 0, size: header.length, snapshotLast: 0 }
}
