import { randomUUID } from 'node:crypto'
import { dirname } from 'node:path'
import { type Ledger, createLedger } from '../memory/ledger.js'
import { damaged } from './damage.js'
import type { DiskFile } from './disk.js'
import { type Place, type Segment, readSegments, removeSegments, segmentPath } from './place.js'
import { encodeHeader } from './segment.js'
import { ledgerOf, openSnapshot, writeSnapshot } from './snapshot.js'

/** A store as the disk has it, with its newest segment open at the end of its last whole group. */
export interface Recovered {
  readonly store: string
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
 * out sound, and then only what was never acknowledged: the incomplete end of the last segment.
 * Where there is no store, it starts one.
 *
 * @throws DamagedStoreError where the files are not what was written or do not belong together
 */
export async function recover (place: Place): Promise<Recovered> {
  const { disk, path } = place
  const snapshot = openSnapshot(disk, path)
  await snapshot.read()
  const segments = await readSegments(place)

  if (snapshot.data === null) {
    const holding = segments.find(({ last, header }) => last >= header.first)
    if (holding !== undefined) throw damaged(path, null, `the snapshot is missing, but ${holding.path} belongs to one`)
    return startStore(place)
  }

  const { store, last } = snapshot.data
  const ledger = ledgerOf(snapshot.data)
  const newest = replay(place, ledger, segments, { store, after: last })
  const file = await disk.reopen(newest.path, newest.size)
  await removeSegments(place, last)
  return {
    store, ledger, file, first: newest.header.first, last: newest.last, size: newest.size, snapshotLast: last
  }
}

/**
 * Applies the lines beyond number `after`, which must all be there; answers the segment that goes
 * on.
 *
 * @throws DamagedStoreError
 */
export function replay (
  place: Place, ledger: Ledger, segments: readonly Segment[], { store, after }: { store: string, after: number }
): Segment {
  let applied = after
  let newest: Segment | undefined
  for (const segment of segments) {
    const { header, path, transitions } = segment
    if (header.store !== store) throw damaged(path, 1, `the segment belongs to another store than ${place.path}`)
    if (newest !== undefined && header.first !== newest.last + 1) {
      throw damaged(newest.path, null, `it ends at line ${newest.last}, but the next segment begins at ${header.first}`)
    }
    if (header.first > applied + 1) {
      throw damaged(path, null, `the lines ${applied + 1} to ${header.first - 1} before it are missing`)
    }
    for (const [offset, transition] of transitions.entries()) {
      const number = header.first + offset
      if (number <= applied) continue
      ledger.apply(transition)
      applied = number
    }
    newest = segment
  }
  if (newest === undefined || newest.last < after) {
    throw damaged(place.path, null, `the journal from line ${(newest?.last ?? after) + 1} on is missing`)
  }
  return newest
}

/** The segment first: a crash before the snapshot leaves an empty segment, which is no store yet. */
async function startStore (place: Place): Promise<Recovered> {
  const { disk, path } = place
  const store = randomUUID()
  const header = encodeHeader(store, 1)
  const file = await disk.create(segmentPath(place, 1))
  await file.append(header)
  await file.sync()
  await disk.syncFolder(dirname(path))
  const ledger = createLedger()
  await writeSnapshot(disk, path, ledger, store, 0)
  return { store, ledger, file, first: 1, last: 0, size: header.length, snapshotLast: 0 }
}
