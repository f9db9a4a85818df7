/** The smallest piece that a disk writes whole, in bytes. */
const SECTOR = 512

const NEWLINE = 0x0a

/** What the closing line of a group tells. */
export interface Commit {
  /** Number of the group's last line. */
  readonly end: number
  /** Number of the last line that was known to be on disk when the group was written. */
  readonly synced: number
}

/**
 * Whether the bytes from `start` on, where a group begins that does not fit, can be what a crash
 * left of writes that were never synced, so that nobody was told of them. There are two ways:
 * - The file ends before the group does.
 * - Sectors are all zeros, because the file had grown before they were written. This needs no
 *   belief where a later group tells that these lines were on disk: then they got lost.
 *
 * A bit that changed looks like neither. What cannot be told from a crash is damage that cuts off
 * the end of the file or zeroes whole sectors of what was written last.
 *
 * @param last number of the last line before `start`
 * @param isCut whether all lines from `start` on fit, as far as they go
 * @param endOf reads the closing line of the group from one byte to another; null when that group is not whole
 */
export function isTornTail (
  data: Buffer, start: number, { last, isCut, endOf }: {
    readonly last: number
    readonly isCut: boolean
    readonly endOf: (from: number, to: number) => Commit | null
  }
): boolean {
  if (isCut) return true
  if (!hasLostSectors(data, start)) return false
  for (let from = start; from < data.length;) {
    const { closing, next } = closingLine(data, from)
    const end = closing === -1 ? null : endOf(from, next - 1)
    if (end !== null && end.synced > last) return false
    from = next
  }
  return true
}

/** The next closing line from a byte on, by its beginning alone, and the byte after it. */
function closingLine (data: Buffer, from: number): { closing: number, next: number } {
  for (let start = from; start < data.length;) {
    const newline = data.indexOf(NEWLINE, start)
    const next = newline === -1 ? data.length : newline + 1
    if (newline !== -1 && data.toString('latin1', start, start + CLOSING.length) === CLOSING) {
      return { closing: start, next }
    }
    start = next
  }
  return { closing: -1, next: data.length }
}

/** How each closing line begins. */
export const CLOSING = '{"end":'

/** True where zeros begin with a sector or a line, and end with a sector or the file. */
function hasLostSectors (data: Buffer, start: number): boolean {
  for (let from = data.indexOf(0, start); from !== -1;) {
    let to = from
    while (to < data.length && data[to] === 0) to++
    const begins = from % SECTOR === 0 || data[from - 1] === NEWLINE
    if (begins && (to % SECTOR === 0 || to === data.length)) return true
    from = data.indexOf(0, to)
  }
  return false
}
