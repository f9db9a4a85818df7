import { crc32 } from 'node:zlib'
import type { Transition } from '../../core/transition.js'
import { damaged } from './damage.js'

/**
 * The format of a journal segment: lines of JSON. The first is the header. Then come groups: the
 * transitions that were written together, each with its number, and a closing line with the number
 * of the last and a checksum of the group's bytes.
 *
 *     {"longhand":"journal","version":2,"store":"5d0c…","first":1}
 *     {"n":1,"do":"submit","id":1, …}
 *     {"n":2,"do":"claim","id":1, …}
 *     {"end":2,"crc":"9ae0daaf"}
 *
 * A group counts whole or not at all. One that is incomplete can only be the last that was being
 * written when the process died, and nobody was told of it, so it is dropped. Anything else that
 * does not fit is damage.
 */
export interface SegmentHeader {
  readonly longhand: 'journal'
  readonly version: number
  /** Names the store, so that files of two stores are not mixed. */
  readonly store: string
  /** Number of the first line that the segment may hold. */
  readonly first: number
}

/** 2 added the transition `start`; 1 is read as it is. */
export const JOURNAL_VERSION = 2

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
  return Buffer.from(`${JSON.stringify(header)}\n`)
}

export function encodeLine (number: number, transition: Transition): string {
  return `{"n":${number},${JSON.stringify(transition).slice(1)}\n`
}

/** Closes a group whose lines end with the number `end`. */
export function encodeGroup (lines: readonly string[], end: number): Buffer {
  const body = lines.join('')
  return Buffer.from(`${body}{"end":${end},"crc":"${checksum(body)}"}\n`)
}

/** CRC-32 (ISO-HDLC, as in zlib), eight hexadecimal digits. */
export function checksum (data: string | Buffer): string {
  return crc32(data).toString(16).padStart(8, '0')
}

export interface DecodedSegment {
  readonly header: SegmentHeader
  readonly transitions: readonly Transition[]
  /** Number of the last line of the last whole group; `first - 1` when there is none. */
  readonly last: number
  /** Bytes up to the end of the last whole group: what lies beyond was never acknowledged. */
  readonly size: number
}

/**
 * @param path only for messages
 * @throws when anything but the last group is incomplete, or anything at all is not as it was written
 */
export function decodeSegment (path: string, data: Buffer): DecodedSegment | null {
  const headerEnd = data.indexOf(NEWLINE)
  // Killed while the segment was being made: it never held anything.
  if (headerEnd === -1) return null
  const header = decodeHeader(path, data.subarray(0, headerEnd))

  const transitions: Transition[] = []
  let last = header.first - 1
  let size = headerEnd + 1
  let group: Transition[] = []
  let lineNumber = 1
  for (let start = size; start < data.length;) {
    lineNumber++
    const newline = data.indexOf(NEWLINE, start)
    if (newline === -1) break
    const text = data.toString('utf8', start, newline)
    const line = parseLine(text)
    if (line === null) {
      if (isTorn(data, start)) break
      throw damaged(path, lineNumber, 'the line is not JSON as it was written')
    }
    if ('end' in line) {
      if (line.crc !== checksum(data.subarray(size, start))) {
        throw damaged(path, lineNumber, 'the checksum of the lines before it does not match')
      }
      if (line.end !== last + group.length) {
        throw damaged(path, lineNumber, `it closes line ${line.end}, expected ${last + group.length}`)
      }
      for (const transition of group) transitions.push(transition)
      last = line.end
      group = []
      size = newline + 1
    } else {
      const expected = last + group.length + 1
      if (line.n !== expected) throw damaged(path, lineNumber, `it has number ${line.n}, expected ${expected}`)
      const { n, ...transition } = line
      group.push(transition)
    }
    start = newline + 1
  }
  return { header, transitions, last, size }
}

const NEWLINE = 0x0a

type Line = (Transition & { readonly n: number }) | { readonly end: number, readonly crc: string }

function parseLine (text: string): Line | null {
  try {
    const line: unknown = JSON.parse(text)
    return typeof line === 'object' && line !== null && ('n' in line || 'end' in line) ? line as Line : null
  } catch {
    return null
  }
}

/**
 * True when nothing whole follows, and what is there looks like pages that never reached the disk:
 * after a power loss a file may end in zeros.
 */
function isTorn (data: Buffer, start: number): boolean {
  return data.indexOf(0, start) !== -1 && data.indexOf('\n{"end":', start) === -1
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
    const header = JSON.parse(text) as Partial<SegmentHeader> | null
    const { longhand, version, store, first } = header ?? {}
    if (longhand !== 'journal') return null
    if (typeof version !== 'number' || typeof store !== 'string' || typeof first !== 'number') return null
    return { longhand, version, store, first }
  } catch {
    return null
  }
}
