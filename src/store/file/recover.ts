import { randomUUID } from 'node:crypto'
import { basename, dirname, join } from 'node:path'
import { type Ledger, createLedger } from '../memory/ledger.js'
import { damaged } from './damage.js'
import type { Disk, DiskFile } from './disk.js'
import { type DecodedSegment, decodeSegment, encodeHeader, segmentFirst, segmentName } from './segment.js'
import { ledgerOf, openSnapshot, snapshotOf } from './snapshot.js'

/** Where a store's files are. */
export interface Place {
  readonly disk: Disk
  /** The snapshot, such as `data/longhand.json`. */
  readonly path: string
}

/** A store as the disk has it, with its newest segment open at the end of its last whole group. */
export interface Recovered {
  readonly store: string
  readonly ledger: Ledger
  readonly file: DiskFile
  readonly first: number
  readonly last: number
  readonly size: number
}

interface Segment extends DecodedSegment {
  readonly path: string
}

export function segmentPath ({ path }: Place, first: number): string {
  return join(dirname(path), segmentName(baseOf(path), first))
}

function baseOf (path: string): string {
  return basename(path).replace(/\.json$/, '')
}

/**
 * Reads the snapshot and replays the journal after it. Changes nothing but the incomplete end of
 * the last segment, which was never acknowledged, and starts a new store where there is none.
 *
 * @throws DamagedStoreError where the files are not what was written or do not belong together.
 */
export async function recover (place: Place): Promise<Recovered> {
  const { disk, path } = place
  await disk.makeFolder(dirname(path))
  const snapshot = openSnapshot(disk, path)
  await snapshot.read()
  const segments = await readSegments(place)

  if (snapshot.data === null) {
    const holding = segments.find(({ last, header }) => last >= header.first)
    if (holding !== undefined) throw damaged(path, null, `the snapshot is missing, but ${holding.path} belongs to one`)
    return startStore(place)
  }

  const { store, last } = snapshot.data
  const foreign = segments.find(({ header }) => header.store !== store)
  if (foreign !== undefined) throw damaged(foreign.path, 1, `the segment belongs to another store than ${path}`)
  const ledger = ledgerOf(snapshot.data)
  const newest = replay(place, ledger, segments, last)
  const file = await disk.reopen(newest.path, newest.size)
  return { store, ledger, file, first: newest.header.first, last: newest.last, size: newest.size }
}

/** The segments in order; one that was being made when the process died is removed. */
export async function readSegments (place: Place): Promise<Segment[]> {
  const { disk, path } = place
  const base = baseOf(path)
  const firsts = (await disk.names(dirname(path))).flatMap(name => segmentFirst(base, name) ?? [])
  const segments: Segment[] = []
  for (const first of firsts.sort((one, other) => one - other)) {
    const at = segmentPath(place, first)
    const data = await disk.read(at)
    const segment = data === null ? null : decodeSegment(at, data)
    if (segment === null) await disk.remove(at)
    else segments.push({ ...segment, path: at })
  }
  return segments
}

/** Applies all lines beyond `last`; answers the segment that goes on. */
function replay (place: Place, ledger: Ledger, segments: readonly Segment[], last: number): Segment {
  let applied = last
  let newest: Segment | undefined
  for (const segment of segments) {
    if (newest !== undefined && segment.header.first !== newest.last + 1) {
      throw damaged(newest.path, null, `it ends at line ${newest.last}, but the next segment begins at ${segment.header.first}`)
    }
    segment.transitions.forEach((transition, offset) => {
      const number = segment.header.first + offset
      if (number <= applied) return
      if (number > applied + 1) throw damaged(segment.path, null, `the lines ${applied + 1} to ${number - 1} before it are missing`)
      ledger.apply(transition)
      applied = number
    })
    newest = segment
  }
  if (newest === undefined || newest.header.first > applied + 1 || newest.last < last) {
    throw damaged(place.path, null, `the journal from line ${last + 1} on is missing`)
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
  await writeSnapshot(place, ledger, store, 0)
  return { store, ledger, file, first: 1, last: 0, size: header.length }
}

/** Replaces the snapshot by one that holds everything up to line `last`. */
export async function writeSnapshot ({ disk, path }: Place, ledger: Ledger, store: string, last: number): Promise<void> {
  const snapshot = openSnapshot(disk, path)
  snapshot.data = snapshotOf(ledger, store, last)
  await snapshot.write()
}
