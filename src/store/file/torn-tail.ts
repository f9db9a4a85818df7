/** The smallest unit that a disk writes as a whole, in bytes. */
const SECTOR = 512

const NEWLINE = 0x0a

/** What the commit line of a group tells. */
export interface Commit {
  /** Number of the group's last line. */
  readonly commit: number
  /** Number of the last line that was known to be on disk when the group was written. */
  readonly synced: number
}

/** How each commit line begins. */
export const COMMIT_START = '{"commit":'

/**
 * Whether a crash can have left the bytes from `start` on, where a group begins that is not intact. A crash interrupts
 * writes that were never synced, and so never acknowledged, in two ways:
 * - The file ends before the group does.
 * - Sectors are all zeros, because the file had grown before they were written. This explanation fails where a later
 *   group says that these lines were on disk: then they were lost afterwards.
 *
 * A bit that changed looks like neither. What cannot be told from a crash is corruption that cuts off the end of the
 * file or fills whole sectors of the newest writes with zeros.
 *
 * @param last number of the last line before `start`
 * @param isCut whether all lines from `start` on are sound as far as they go
 * @param readCommit reads the commit of the group from one byte to another; null when that group is not intact
 */
export function isTornTail (
  data: Buffer, start: number, { last, isCut, readCommit }: {
    readonly last: number
    readonly isCut: boolean
    readonly readCommit: (from: number, to: number) => Commit | null
  }
): boolean {
  if (isCut) return true
  if (!hasLostSectors(data, start)) return false
  for (let from = start; from < data.length;) {
    const { isFound, next } = nextCommitLine(data, from)
    const commit = isFound ? readCommit(from, next - 1) : null
    if (commit !== null && commit.synced > last) return false
    from = next
  }
  return true
}

/** Looks for a commit line by its beginning alone; `next` is the byte after it, or the end of the data. */
function nextCommitLine (data: Buffer, from: number): { isFound: boolean, next: number } {
  for (let start = from; start < data.length;) {
    const newline = data.indexOf(NEWLINE, start)
    if (newline === -1) break
    const isFound = data.toString('latin1', start, start + COMMIT_START.length) === COMMIT_START
    if (isFound) return { isFound, next: newline + 1 }
    start = newline + 1
  }
  return { isFound: false, next: data.length }
}

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
