import type { Transition, WrittenSubmit } from '../../core/queue/transition.js'
import { checksum, createChecksum } from './checksum.js'
import { chunksOf } from './chunks.js'
import { CorruptionError } from './errors.js'
import { type Format, unreleased, upgradeFrom } from './format.js'
import { COMMIT_START, type Commit, isTornTail } from './torn-tail.js'
import { transitionFrom1 } from './upgrade-from-1.js'

/**
 * The format of a journal segment: lines of JSON. The first is the header. Then come commit groups: the transitions
 * that were written together, each with its number, and a commit line with the number of the last, the number of the
 * last line that was known to be on disk at that time, and a checksum of the group up to there.
 *
 *     {"format":"longhand-journal","version":2,"store":"5d0c…","first":1,"crc":"0a8d5e11"}
 *     {"n":1,"do":"submit","id":1, …}
 *     {"n":2,"do":"claim","id":1, …}
 *     {"commit":2,"synced":0,"crc":"9ae0daaf"}
 *
 * A group counts as a whole or not at all. One that a crash interrupted was never acknowledged, so it is dropped
 * (`torn-tail.ts` tells what it looks like). Any other deviation is corruption.
 */
export interface SegmentHeader {
  readonly format: string
  readonly version: number
  /** The name of the store, so that files of two stores are not mixed. */
  readonly store: string
  /** Number of the first line that the segment may hold. */
  readonly first: number
}

export const JOURNAL_FORMAT: Format<Transition> = {
  name: 'longhand-journal', version: 2, upgrades: new Map([[1, transitionFrom1]])
}

export function encodeHeader (store: string, first: number, { name, version } = JOURNAL_FORMAT): Buffer {
  const header: SegmentHeader = { format: name, version, store, first }
  return Buffer.from(`${sealed(JSON.stringify(header).slice(0, -1))}\n`)
}

export function encodeLine (number: number, transition: Transition): string {
  return `{"n":${number},${JSON.stringify(transition).slice(1)}\n`
}

/** The line of a submit whose plan is encoded already; only the order of its members differs. */
export function encodeWritten (number: number, { written, ...head }: WrittenSubmit): Array<string | Uint8Array> {
  return [`{"n":${number},${JSON.stringify(head).slice(1, -1)},`, written, '}\n']
}

/** Ends a group whose last line has the number `commit`; the lines up to `synced` are on disk. */
export function encodeGroup (lines: ReadonlyArray<string | Uint8Array>, commit: number, synced: number): Buffer {
  const chunks = [...chunksOf([...lines, `${COMMIT_START}${commit},"synced":${synced}`])]
  const crc = createChecksum()
  for (const chunk of chunks) crc.add(chunk)
  return Buffer.concat([...chunks, Buffer.from(`,"crc":"${crc.read()}"}\n`)])
}

/** Ends an object with the checksum of everything before it. */
function sealed (text: string): string {
  return `${text},"crc":"${checksum(text)}"}`
}

/** The length of what `sealed` adds. */
const SEAL = ',"crc":"00000000"}'.length

export interface DecodedSegment {
  readonly header: SegmentHeader
  readonly transitions: readonly Transition[]
  /** Number of the last line of the last whole group; `first - 1` when there is none. */
  readonly last: number
  /** Bytes up to the end of the last whole group: what lies beyond was never acknowledged. */
  readonly size: number
  /** The last of these bytes, which nothing in the file proves to be on disk. */
  readonly unproven: Buffer
}

/** A header is shorter than this (bytes). */
const HEADER_LIMIT = 256

/**
 * @param path only for messages
 * @returns null for a segment whose creation a crash interrupted: it never held a line
 * @throws CorruptionError when anything but a torn tail is not as it was written; FormatError
 */
export function decodeSegment (path: string, data: Buffer, format = JOURNAL_FORMAT): DecodedSegment | null {
  const headerEnd = data.indexOf(NEWLINE)
  if (headerEnd === -1 && data.length < HEADER_LIMIT) return null
  const header = decodeHeader(path, data.toString('utf8', 0, Math.max(headerEnd, 0)), format)
  const upgrade = upgradeFrom(path, format, header.version)

  const transitions: Transition[] = []
  /** Groups that no later one proves to be on disk: where each begins, and its last line. */
  let unproven: Array<{ start: number, commit: number }> = []
  let last = header.first - 1
  let size = headerEnd + 1
  let line = 1
  while (size < data.length) {
    const group = readGroup(data, size, last)
    if ('flaw' in group) {
      const { isCut } = group
      if (isTornTail(data, size, { last, isCut, readCommit: (from, to) => readCommit(data, from, to) })) break
      throw new CorruptionError(path, line + group.line, group.flaw)
    }
    for (const transition of group.transitions) transitions.push(upgrade(transition))
    unproven.push({ start: size, commit: group.commit })
    if (unproven[0]!.commit <= group.synced) unproven = unproven.filter(({ commit }) => commit > group.synced)
    last = group.commit
    size = group.next
    line += group.transitions.length + 1
  }
  return { header, transitions, last, size, unproven: data.subarray(unproven[0]?.start ?? size, size) }
}

const NEWLINE = 0x0a
const BRACE = 0x7d

interface DecodedGroup extends Commit {
  readonly transitions: readonly Transition[]
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

type Line = (Transition & { readonly n: number }) | (Commit & { readonly crc: string })

function readGroup (data: Buffer, start: number, last: number): DecodedGroup | Flaw {
  const transitions: Transition[] = []
  for (let from = start, number = 1; ; number++) {
    const flaw = (text: string): Flaw => ({ line: number, flaw: text, isCut: false })
    const newline = data.indexOf(NEWLINE, from)
    if (newline === -1) return { line: number, flaw: 'the line has no end', isCut: isCutLine(data, from) }
    const line = parseLine(data.toString('utf8', from, newline))
    if (line === null) return flaw('the line is not valid JSON of a journal')
    const expected = last + transitions.length
    if ('commit' in line) {
      if (line.crc !== groupChecksum(data, start, newline)) return flaw('the checksum of its group does not match')
      if (line.commit !== expected) return flaw(`it commits line ${line.commit}, expected ${expected}`)
      return { transitions, commit: line.commit, synced: line.synced, next: newline + 1 }
    }
    const { n, ...transition } = line
    if (n !== expected + 1) return flaw(`it has number ${n}, expected ${expected + 1}`)
    transitions.push(transition)
    from = newline + 1
  }
}

/** Whether the last line of the file is cut and otherwise sound: only a newline ever follows the end of a commit. */
function isCutLine (data: Buffer, from: number): boolean {
  const isCommit = data.toString('latin1', from, from + COMMIT_START.length) === COMMIT_START
  const brace = data.indexOf(BRACE, from)
  return !(isCommit && brace !== -1 && brace + 1 < data.length) && data.indexOf(0, from) === -1
}

/** The checksum that the group from `start` to the end of its commit line, `newline`, should have. */
function groupChecksum (data: Buffer, start: number, newline: number): string {
  return checksum(data.subarray(start, newline - SEAL))
}

/** The commit of the group between two bytes; null unless the group's checksum matches. */
function readCommit (data: Buffer, start: number, newline: number): Commit | null {
  const from = data.lastIndexOf(NEWLINE, newline - 1) + 1
  const line = parseLine(data.toString('utf8', from, newline))
  return line !== null && 'commit' in line && line.crc === groupChecksum(data, start, newline) ? line : null
}

function parseLine (text: string): Line | null {
  const line: Line | null = parseObject(text)
  return line !== null && ('n' in line || 'commit' in line) ? line : null
}

function decodeHeader (path: string, text: string, { name }: Format<Transition>): SegmentHeader {
  const header: Partial<SegmentHeader & { longhand: string, crc: string }> = parseObject(text) ?? {}
  if (header.longhand === 'journal') throw unreleased(path)
  const { format, version, store, first, crc } = header
  // The checksum comes last in every version, so that a changed version is not taken for another one.
  if (format !== name || crc !== checksum(text.slice(0, -SEAL)) ||
    version === undefined || store === undefined || first === undefined) {
    throw new CorruptionError(path, 1, 'the header is not as it was written')
  }
  return { format, version, store, first }
}

/** Null for what is not a JSON object. */
function parseObject (text: string) {
  try {
    const value = JSON.parse(text)
    return typeof value === 'object' ? value : null
  } catch {
    return null
  }
}
