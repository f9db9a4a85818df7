import { dirname, join } from 'node:path'
import { damaged } from './corruption.js'
import type { Disk } from './disk.js'
import { type DecodedSegment, decodeSegment, segmentFirst, segmentName } from './segment.js'
import { baseName } from './file-names.js'

/** Where a store's files are, and through what they are reached. */
export interface StoreFiles {
  readonly disk: Disk
  /** The snapshot, such as `data/longhand.json`; the segments stand beside it. */
  readonly path: string
}

export interface Segment extends DecodedSegment {
  readonly path: string
}

/** The path of the segment whose first line has this number. */
export function segmentPath ({ path }: StoreFiles, first: number): string {
  return join(dirname(path), segmentName(baseName(path), first))
}

/** The numbers of the first lines of the segments that are there, in order. */
export async function segmentFirsts ({ disk, path }: StoreFiles): Promise<number[]> {
  const base = baseName(path)
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
export async function readSegments (files: StoreFiles, last = Infinity): Promise<Segment[]> {
  const segments: Segment[] = []
  for (const first of await segmentFirsts(files)) {
    if (first > last) break
    const path = segmentPath(files, first)
    const data = await files.disk.read(path)
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
export async function removeSegments (files: StoreFiles, last: number): Promise<void> {
  const firsts = await segmentFirsts(files)
  for (const [order, first] of firsts.entries()) {
    const next = firsts[order + 1]
    if (next !== undefined && next <= last + 1) await files.disk.remove(segmentPath(files, first))
  }
}
