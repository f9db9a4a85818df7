import { dirname, join } from 'node:path'
import { damaged } from './corruption.js'
import type { Disk } from './disk.js'
import { type DecodedSegment, decodeSegment, segmentFirst, segmentName } from './segment.js'
import { stemOf } from './stem.js'

/** Where a store's files are, and through what they are reached. */
export interface Place {
  readonly disk: Disk
  /** The snapshot, such as `data/longhand.json`; the segments stand beside it. */
  readonly path: string
}

export interface Segment extends DecodedSegment {
  readonly path: string
}

/** The path of the segment whose first line has this number. */
export function segmentPath ({ path }: Place, first: number): string {
  return join(dirname(path), segmentName(stemOf(path), first))
}

/** The numbers of the first lines of the segments that are there, in order. */
export async function segmentFirsts ({ disk, path }: Place): Promise<number[]> {
  const base = stemOf(path)
  return (await disk.names(dirname(path)))
    .flatMap(name => segmentFirst(base, name) ?? [])
    .sort((one, other) => one - other)
}

/**
 * The segments that begin at or before line `last`, in order. One without a header is left out: it
 * was being made when the process died, and held nothing.
 *
 * @throws DamagedStoreError
 */
export async function readSegments (place: Place, last = Infinity): Promise<Segment[]> {
  const segments: Segment[] = []
  for (const first of await segmentFirsts(place)) {
    if (first > last) break
    const path = segmentPath(place, first)
    const data = await place.disk.read(path)
    const segment = data === null ? null : decodeSegment(path, data)
    if (segment === null) continue
    if (segment.header.first !== first) {
      throw damaged(path, 1, `it begins at line ${segment.header.first}, and not at the one that it is named for`)
    }
    segments.push({ ...segment, path })
  }
  return segments
}

/**
 * Removes the segments that end before the one that holds line `last + 1` begins: the snapshot
 * has all their lines.
 */
export async function removeSegments (place: Place, last: number): Promise<void> {
  const firsts = await segmentFirsts(place)
  for (const [order, first] of firsts.entries()) {
    const next = firsts[order + 1]
    if (next !== undefined && next <= last + 1) await place.disk.remove(segmentPath(place, first))
  }
}
