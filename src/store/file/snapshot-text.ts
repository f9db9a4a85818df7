import { createChecksum } from './checksum.js'
import { WITHOUT_SNAPSHOT, damaged } from './corruption.js'
import { chunksOf } from './chunks.js'
import type { CalculationRecord } from './record.js'
import { type AnySnapshot, type Snapshot, SNAPSHOT_VERSION, upgrade } from './snapshot-format.js'

/**
 * The snapshot as bytes: JSON of one line for each expression, with a checksum of what is before it at the end. Both
 * ways it goes piece by piece, so that its size is bounded by the disk: no string holds more than one expression, and
 * one that is too long to be read back is too long to be written in the first place.
 */
export function * encodeSnapshot (
  snapshot: Snapshot<Iterable<CalculationRecord>>, pieceLength?: number
): Generator<Buffer> {
  const crc = createChecksum()
  for (const piece of chunksOf(bodyOf(snapshot), pieceLength)) {
    crc.add(piece)
    yield piece
  }
  yield Buffer.from(`,\n"crc":"${crc.read()}"}\n`)
}

function * bodyOf ({ expressions, ...head }: Snapshot<Iterable<CalculationRecord>>): Generator<string> {
  yield `${JSON.stringify(head).slice(0, -1)},\n"expressions":[`
  let separator = '\n'
  for (const record of expressions) {
    yield separator
    yield JSON.stringify(record)
    separator = ',\n'
  }
  yield '\n]'
}

/** What stands behind the body. */
const SEAL = /^,\n"crc":"([0-9a-f]{8})"\}\n$/
const SEAL_BYTES = ',\n"crc":"00000000"}\n'.length

/**
 * @param path only for messages
 * @throws DamagedStoreError when it is not as it was written, or was by a newer version
 */
export async function decodeSnapshot (path: string, pieces: AsyncIterable<Buffer>): Promise<Snapshot> {
  const crc = createChecksum()
  const text = createReader()
  let end = Buffer.alloc(0)
  for await (const piece of pieces) {
    const bytes = Buffer.concat([end, piece])
    const body = bytes.subarray(0, -SEAL_BYTES)
    crc.add(body)
    text.add(body)
    end = bytes.subarray(body.length)
  }
  const refuse = (why: string): Error => damaged(path, null, why, WITHOUT_SNAPSHOT)
  const [, wanted] = SEAL.exec(end.toString('latin1')) ?? []
  if (wanted === undefined) throw refuse('the snapshot does not end as it was written')
  if (crc.read() !== wanted) throw refuse('the checksum of the snapshot does not match')
  const snapshot = text.read()
  if (snapshot?.format !== 'longhand') throw refuse('it is not a snapshot of Longhand')
  if (snapshot.version <= SNAPSHOT_VERSION) return upgrade(snapshot)
  throw refuse(
    `it was written by a newer Longhand (format ${snapshot.version}, this one reads up to ${SNAPSHOT_VERSION})`)
}

const NEWLINE = 0x0a

/** Reads what `bodyOf` wrote, line by line. What is not like that is told by the checksum. */
function createReader () {
  let head: Omit<Snapshot, 'expressions'> | null = null
  const expressions: CalculationRecord[] = []
  /** Pieces of a line that has no end yet. */
  let begun: Buffer[] = []
  let number = 0

  function readLine (line: Buffer): void {
    number++
    // The second line begins the list.
    if (number === 2) return
    const isFollowed = line.at(-1) === COMMA
    const text = line.toString('utf8', 0, isFollowed ? line.length - 1 : line.length)
    if (number === 1) head = parse(`${text}}`) as typeof head
    else expressions.push(parse(text) as CalculationRecord)
  }

  return {
    add (bytes: Buffer): void {
      let start = 0
      for (let newline = bytes.indexOf(NEWLINE); newline !== -1; newline = bytes.indexOf(NEWLINE, start)) {
        begun.push(bytes.subarray(start, newline))
        readLine(begun.length === 1 ? begun[0]! : Buffer.concat(begun))
        begun = []
        start = newline + 1
      }
      if (start < bytes.length) begun.push(bytes.subarray(start))
    },
    read: (): AnySnapshot | null => head === null ? null : { ...head as Omit<Snapshot, 'expressions'>, expressions }
  }
}

const COMMA = 0x2c

/** Null for what is no JSON: then the checksum does not match either. */
function parse (text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
