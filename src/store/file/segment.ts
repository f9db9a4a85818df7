import type { Transition, WrittenSubmit } from '../../core/queue/transition.js'
import { checksum, createChecksum } from './checksum.js'
import { damaged } from './corruption.js'
import { chunksOf } from './chunks.js'
import { CLOSING, type Commit, isTornTail } from './torn-tail.js'

/**
 * The format of a journal segment: lines of JSON. The first is the header. Then come groups: the
 * transitions that were written together, each with its number, and a closing line with the number
 * of the last, the number of the last line that was known to be on disk when this was written, and
 * a checksum of the group up to there.
 *
 *     {"longhand":"journal","version":3,"store":"5d0c…","first":1,"crc":"0a8d5e11"}
 *     {"n":1,"do":"submit","id":1, …}
 *     {"n":2,"do":"claim","id":1, …}
 *     {"end":2,"synced":0,"crc":"9ae0daaf"}
 *
 * A group counts whole or not at all. One that was being written when the process died or the
 * power went away was told to nobody, so it is dropped (`torn.ts` says what such a one looks
 * like). Anything else that does not fit is damage.
 */
export interface SegmentHeader {
  readonly longhand: 'journal'
  readonly version: number
  /** Names the store, so that files of two stores are not mixed. */
  readonly store: string
  /** Number of the first line that the segment may hold. */
  readonly first: number
}

/**
 * 2 added the transition `start`; 3 the member `synced` and the header's checksum, and checksums
 * cover the closing line. Older ones are read as they are.
 */
export const JOURNAL_VERSION = 3

/** `longhand.json` has segments `longhand.000000000001.journal`, named for their first line. */
export function segmentName (base: string, first: number): string {
  return `${base}.${String(first).padStart(12, '0')}.journal`
}

/** The number in a segment's name; null for other files. */
export function segmentFirst (base: string, name: string): number | null {
  const number = name.startsWith(`${base}.`) ? /^\.(\d{12,})\.journal$/.exec(name.slice(base.length)) : null
  return number === null ? null : Number(number[1])
}

export function encodeHeader (store: string, first: number): Buffer {
  const header: SegmentHeader = { longhand: 'journal', version: JOURNAL_VERSION, store, first }
  return Buffer.from(`${sealed(JSON.stringify(header).slice(0, -1))}\n`)
}

export function encodeLine (number: number, transition: Transition): string {
  return `{"n":${number},${JSON.stringify(transition).slice(1)}\n`
}

/** The same line as of a submit that is not written yet, but for the order of its members. */
export function encodeWritten (number: number, { written, ...head }: WrittenSubmit): Array<string | Uint8Array> {
  return [`{"n":${number},${JSON.stringify(head).slice(1, -1)},`, written, '}\n']
}

/** Closes a group whose lines end with the number `end`; those up to `synced` are on disk. */
export function encodeGroup (lines: ReadonlyArray<string | Uint8Array>, end: number, synced: number): Buffer {
  const pieces = [...chunksOf([...lines, `{"end":${end},"synced":${synced}`])]
  const crc = createChecksum()
  for (const piece of pieces) crc.add(piece)
  return Buffer.concat([...pieces, Buffer.from(`,"crc":"${crc.read()}"}\n`)])
}

/** Ends an object with the checksum of everything before it. */
function sealed (text: string): string {
  return `${text},"crc":"${checksum(text)}"}`
}

/** What `sealed` adds has this length. */
const SEAL = ',"crc":"00000000"}'.length

export interface DecodedSegment {
  readonly header: SegmentHeader
  readonly transitions: readonly Transition[]
  /** Number of the last line of the last whole group; `first - 1` when there is none. */
  readonly last: number
  /** Bytes up to the end of the last whole group: what lies beyond was told to nobody. */
  readonly size: number
  /** The last of these bytes, from where on nothing in the file tells that they are on disk. */
  readonly unproven: Buffer
}

/** A header is shorter than this many bytes. */
const LONGEST_HEADER = 256

/**
 * @param path only for messages
 * @returns null for what a crash leaves of a segment that was being made: it never held a line
 * @throws DamagedStoreError when anything is not as it was written, but for a torn end
 */
export function decodeSegment (path: string, data: Buffer): DecodedSegment | null {
  const headerEnd = data.indexOf(NEWLINE)
  if (headerEnd === -1 && data.length < LONGEST_HEADER) return null
  const header = decodeHeader(path, data.subarray(0, headerEnd))

  const transitions: Transition[] = []
  /** Groups that no later one has proved to be on disk: where each begins, and its last line. */
  let unproven: Array<{ start: number, end: number }> = []
  let last = header.first - 1
  let size = headerEnd + 1
  let line = 1
  while (size < data.length) {
    const group = readGroup(data, size, last)
    if ('flaw' in group) {
      if (isTornTail(data, size, { last, isCut: group.isCut, endOf: (from, to) => wholeGroupEnd(data, from, to) })) break
      throw damaged(path, line + group.line, group.flaw)
    }
    for (const transition of group.transitions) transitions.push(transition)
    unproven.push({ start: size, end: group.end })
    if (unproven[0]!.end <= group.synced) unproven = unproven.filter(({ end }) => end > group.synced)
    last = group.end
    size = group.next
    line += group.transitions.length + 1
  }
  return { header, transitions, last, size, unproven: data.subarray(unproven[0]?.start ?? size, size) }
}

const NEWLINE = 0x0a
const BRACE = 0x7d

interface DecodedGroup {
  readonly transitions: readonly Transition[]
  readonly end: number
  readonly synced: number
  /** The byte after it. */
  readonly next: number
}

interface Flaw {
  /** Counted from the group's first line, which is 1. */
  readonly line: number
  readonly flaw: string
  /** The file ends within the group, and nothing else is wrong with it. */
  readonly isCut: boolean
}

type Line = (Transition & { readonly n: number }) | ClosingLine

interface ClosingLine {
  readonly end: number
  readonly synced?: number
  readonly crc: string
}

function readGroup (data: Buffer, start: number, last: number): DecodedGroup | Flaw {
  const transitions: Transition[] = []
  for (let from = start, number = 1; ; number++) {
    const flaw = (text: string): Flaw => ({ line: number, flaw: text, isCut: false })
    const newline = data.indexOf(NEWLINE, from)
    if (newline === -1) {
      // Nothing but a newline is ever written after a closing line.
      const brace = data.indexOf(BRACE, from)
      const isClosing = data.toString('latin1', from, from + CLOSING.length) === CLOSING
      const isCut = !(isClosing && brace !== -1 && brace + 1 < data.length) && data.indexOf(0, from) === -1
      return { line: number, flaw: 'the line does not end as it was written', isCut }
    }
    const line = parseLine(data.toString('utf8', from, newline))
    if (line === null) return flaw('the line is not JSON as it was written')
    const expected = last + transitions.length
    if ('end' in line) {
      if (line.crc !== groupChecksum(data, start, from, newline, line)) {
        return flaw('the checksum of the lines before it does not match')
      }
      if (line.end !== expected) return flaw(`it closes line ${line.end}, expected ${expected}`)
      return { transitions, end: line.end, synced: line.synced ?? 0, next: newline + 1 }
    }
    const { n, ...transition } = line
    if (n !== expected + 1) return flaw(`it has number ${n}, expected ${expected + 1}`)
    transitions.push(transition)
    from = newline + 1
  }
}

/** What checksum the group from `start` should have; its closing line goes from `closing` to `newline`. */
function groupChecksum (
  data: Buffer, start: number, closing: number, newline: number, { synced }: ClosingLine
): string {
  return checksum(data.subarray(start, synced === undefined ? closing : newline - SEAL))
}

/** What the closing line of a group tells, when the group's checksum matches. */
function wholeGroupEnd (data: Buffer, start: number, newline: number): Commit | null {
  const closing = data.lastIndexOf(NEWLINE, newline - 1) + 1
  const line = parseLine(data.toString('utf8', closing, newline))
  if (line === null || !('end' in line) || line.synced === undefined) return null
  return line.crc === groupChecksum(data, start, closing, newline, line) ? { end: line.end, synced: line.synced } : null
}

function parseLine (text: string): Line | null {
  try {
    const line: unknown = JSON.parse(text)
    return typeof line === 'object' && line !== null && ('n' in line || 'end' in line) ? line as Line : null
  } catch {
    return null
  }
}

function decodeHeader (path: string, text: Buffer): SegmentHeader {
  const header = parseHeader(text.toString('utf8'))
  if (header === null) throw damaged(path, 1, 'the header is not readable')
  if (header.version > JOURNAL_VERSION) {
    throw damaged(path, 1,
      `it was written by a newer Longhand (format ${header.version}, this one reads up to ${JOURNAL_VERSION})`)
  }
  return header
}

function parseHeader (text: string): SegmentHeader | null {
  try {
    const header = JSON.parse(text) as Partial<SegmentHeader & { crc: string }> | null
    const { longhand, version, store, first, crc } = header ?? {}
    if (longhand !== 'journal' || typeof version !== 'number' || typeof store !== 'string') return null
    if (typeof first !== 'number') return null
    const isSealed = crc !== undefined || version === JOURNAL_VERSION
    if (isSealed && version <= JOURNAL_VERSION && crc !== checksum(text.slice(0, -SEAL))) return null
    return { longhand, version, store, first }
  } catch {
    return null
  }
}
