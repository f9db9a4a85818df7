import { dirname } from 'node:path'
import type { Disk } from './disk.js'
import { CorruptionError } from './errors.js'
import { segmentFirst, segmentPath } from './file-names.js'
import { type DecodedSegment, JOURNAL_FORMAT, decodeSegment } from './segment.js'

/** The files of one store, and the disk that they are on. */
export interface StoreFiles {
  readonly disk: Disk
  /** The snapshot, such as `data/longhand.json`; the segments are in the same folder. */
  readonly path: string
}

export interface Segment extends DecodedSegment {
  readonly path: string
}

/** The numbers of the first lines of all segments, in order. */
export async function segmentFirsts ({ disk, path }: StoreFiles): Promise<number[]> {
  return (await disk.names(dirname(path)))
    .flatMap(name => segmentFirst(path, name) ?? [])
    .sort((one, other) => one - other)
}

/**
 * The segments that begin at or before line `last`, in order. One without a header is left out: a crash interrupted its
 * creation, and it never held a line.
 *
 * @throws CorruptionError, FormatError
 */
export async function readSegments (
  files: StoreFiles, last = Infinity, format = JOURNAL_FORMAT
): Promise<Segment[]> {
  const segments: Segment[] = []
  for (const first of await segmentFirsts(files)) {
    if (first > last) break
    const path = segmentPath(files.path, first)
    const data = await files.disk.read(path)
    const segment = data === null ? null : decodeSegment(path, data, format)
    if (segment === null) continue
    if (segment.header.first !== first) {
      throw new CorruptionError(path, 1, `it begins at line ${segment.header.first}, but is named for line ${first}`)
    }
    segments.push({ ...segment, path })
  }
  return segments
}

/** Removes the segments whose lines are all in a snapshot up to line `last`; the newest segment always stays. */
export async function removeSegments (files: StoreFiles, last: number): Promise<void> {
  const firsts = await segmentFirsts(files)
  for (const [order, first] of firsts.entries()) {
    const next = firsts[order + 1]
    if (next !== undefined && next <= last + 1) await files.disk.remove(segmentPath(files.path, first))
  }
}
