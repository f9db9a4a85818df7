import { randomUUID } from 'node:crypto'
import { dirname } from 'node:path'
import type { Transition } from '../../core/queue/transition.js'
import { type Ledger, createLedger } from '../../core/queue/ledger.js'
import { newIssuer } from '../lease-tokens.js'
import { type DiskFile, createFile, replaceFile } from './disk.js'
import { CorruptionError, START_EMPTY } from './errors.js'
import { restoredPath, segmentPath } from './file-names.js'
import { JOURNAL_FORMAT, encodeHeader } from './segment.js'
import { ledgerOf, openSnapshot, writeSnapshot } from './snapshot.js'
import type { Origin } from './snapshot-format.js'
import { type Segment, type StoreFiles, readSegments, removeSegments, segmentFirsts } from './store-files.js'

/** A store as it is on disk, with its newest segment open at the end of its last whole group. */
export interface RecoveredState {
  readonly store: string
  readonly issuer: string
  readonly ledger: Ledger
  readonly file: DiskFile
  /** Number of the first line that the open segment may hold, of the last that it does, and its size in bytes. */
  readonly first: number
  readonly last: number
  readonly size: number
  /** Number of the last line that the snapshot includes. */
  readonly snapshotLast: number
}

/**
 * Reads the snapshot and replays the journal after it. Changes nothing before all of it has proved intact, and then
 * only drops what was never acknowledged: the torn tail of the last segment. When it returns, everything that it has
 * read is on disk. Without files it creates a store; a restored store skips ids (`skipIds`).
 *
 * @throws CorruptionError, FormatError
 */
export async function recover (files: StoreFiles, format = JOURNAL_FORMAT): Promise<RecoveredState> {
  const { disk, path } = files
  const snapshot = openSnapshot(disk, path)
  await snapshot.read()
  const segments = await readSegments(files, Infinity, format)

  const isRestored = await disk.read(restoredPath(path)) !== null
  if (snapshot.data === null) {
    // Only the first segment of a store is created before its snapshot.
    const later = (await segmentFirsts(files)).find(first => first > 1)
    const used = segments.find(({ transitions }) => transitions.length > 0)?.header.first
    const first = later ?? used
    if (first === undefined) return createStore(files, isRestored)
    const owned = segmentPath(path, first)
    throw new CorruptionError(path, null, `the snapshot is missing, but ${owned} belongs to one`, START_EMPTY)
  }

  const { store, last } = snapshot.data
  const ledger = ledgerOf(snapshot.data)
  const newest = replay(files, ledger, segments, { store, after: last })
  const file = await disk.reopen(newest.path, newest.size, newest.size - newest.unproven.length)
  const issuer = isRestored ? newIssuer() : snapshot.data.issuer
  const snapshotLast = isRestored ? newest.last : last
  await closeOnError(file, async () => {
    await proveDurable(files, file, newest)
    if (isRestored) await skipIds(files, ledger, { store, issuer, last: snapshotLast })
    // The newest segment stays, though the snapshot may include all of it and one without a header may follow it.
    await removeSegments(files, Math.min(snapshotLast, newest.header.first - 1))
  })
  const { header: { first, version }, last: newestLast, size } = newest
  const opened = version === format.version
    ? { file, first, size }
    : await file.close().then(() => startSegment(files, store, newestLast + 1, format))
  return { store, issuer, ledger, last: newestLast, snapshotLast, ...opened }
}

/** The lines of this version do not continue a segment of an older one, but go into a new segment. */
async function startSegment (
  { disk, path }: StoreFiles, store: string, first: number, format: typeof JOURNAL_FORMAT
): Promise<Pick<RecoveredState, 'file' | 'first' | 'size'>> {
  const header = encodeHeader(store, first, format)
  const segment = segmentPath(path, first)
  // Replaced in one step, because an older segment without lines has the same name.
  await replaceFile(disk, segment, [header])
  return { file: await disk.reopen(segment, header.length, header.length), first, size: header.length }
}

/** Added to the next ids of a restored store: more than can have been given since the backup. */
const SKIPPED_IDS = 1_000_000_000

/**
 * An operator has restored the store from a backup, or continues without lost data, and says so with a file beside it.
 * Ids that were given since must not be given again, and lease tokens that were issued since name other tasks. So the
 * ids continue much higher, and the tokens get another prefix (`issuer`).
 */
async function skipIds ({ disk, path }: StoreFiles, ledger: Ledger, origin: Origin): Promise<void> {
  ledger.nextId += SKIPPED_IDS
  ledger.nextTask += SKIPPED_IDS
  await writeSnapshot(disk, path, ledger, origin)
  await disk.remove(restoredPath(path))
  await disk.syncFolder(dirname(path))
}

/**
 * What the system shows need not be on disk: the process that wrote it may have died before the sync, and after a
 * failed sync Linux takes unwritten pages for written ones. So everything that nothing proves to be on disk is written
 * again, and synced before it is used.
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
    // The first error is the one to report.
    await file.close().catch(() => {})
    throw error
  }
}

/**
 * Applies all lines after number `after`, none of which may be missing. Returns the segment to continue.
 *
 * @throws CorruptionError
 */
export function replay (
  files: StoreFiles, ledger: Ledger, segments: readonly Segment[], { store, after }: { store: string, after: number }
): Segment {
  let applied = after
  let newest: Segment | undefined
  for (const segment of segments) {
    const { header, path, transitions } = segment
    if (header.store !== store) {
      throw new CorruptionError(path, 1, `the segment belongs to another store than ${files.path}`)
    }
    if (newest !== undefined && header.first <= newest.last) {
      // Left by a rotation that failed: the segment before it was continued instead.
      if (transitions.length === 0) continue
      throw new CorruptionError(path, null,
        `it begins at line ${header.first}, but ${newest.path} has lines up to ${newest.last}`)
    }
    if (header.first > applied + 1) {
      throw new CorruptionError(path, null, `the lines ${applied + 1} to ${header.first - 1} before it are missing`)
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
    const path = segmentPath(files.path, after + 1)
    throw new CorruptionError(files.path, null, `the journal from line ${after + 1} on is missing`,
      `write this line to ${path} : ${encodeHeader(store, after + 1).toString().trimEnd()}`)
  }
  return newest
}

/** An intact line fails only when it follows another state than the one for which it was written. */
function apply (ledger: Ledger, transition: Transition, path: string, number: number): void {
  try {
    ledger.apply(transition)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new CorruptionError(path, null, `line number ${number} does not follow from the lines before it (${reason})`)
  }
}

/** The segment comes first: a crash before the snapshot leaves an empty segment, which is not a store yet. */
async function createStore (files: StoreFiles, isRestored: boolean): Promise<RecoveredState> {
  const { disk, path } = files
  const [store, issuer] = [randomUUID(), newIssuer()]
  const header = encodeHeader(store, 1)
  const file = await createFile(disk, segmentPath(path, 1), header)
  const ledger = createLedger()
  const origin = { store, issuer, last: 0 }
  await closeOnError(file, () => isRestored
    ? skipIds(files, ledger, origin)
    : writeSnapshot(disk, path, ledger, origin))
  return { store, issuer, ledger, file, first: 1, last: 0, size: header.length, snapshotLast: 0 }
}
