import { createChecksum } from './checksum.js'
import { chunksOf } from './chunks.js'
import { CorruptionError, START_EMPTY } from './errors.js'
import { type Format, unreleased, upgradeFrom } from './format.js'
import type { CalculationRecord } from './calculation-record.js'
import { snapshotFrom1 } from './upgrade-from-1.js'

/** What the journal continues from. */
export interface Origin {
  /** The name of the store; the journal's segments carry the same. */
  readonly store: string
  /** The name of the store in its lease tokens. A restored store gets a new one. */
  readonly issuer: string
  /** Number of the last line of the journal that the snapshot includes. */
  readonly last: number
}

/** What `longhand.json` holds: everything up to the journal's line `last`. */
export interface Snapshot<Records extends Iterable<CalculationRecord> = readonly CalculationRecord[]> extends Origin {
  readonly format: string
  readonly version: number
  readonly nextId: number
  readonly nextTask: number
  readonly lastAt: number
  readonly startedAt: number
  readonly expressions: Records
}

export const SNAPSHOT_FORMAT: Format<Snapshot> = {
  name: 'longhand-snapshot', version: 2, upgrades: new Map([[1, snapshotFrom1]])
}

/**
 * The snapshot as bytes: JSON with one line for each expression, and at the end a checksum of everything before it. It
 * is written and read in chunks, so only the disk bounds its size: no string holds more than one expression, and an
 * expression too long to be read back is too long to be written.
 */
export function * encodeSnapshot (
  snapshot: Snapshot<Iterable<CalculationRecord>>, chunkLength?: number
): Generator<Buffer> {
  const crc = createChecksum()
  for (const chunk of chunksOf(bodyOf(snapshot), chunkLength)) {
    crc.add(chunk)
    yield chunk
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

/** What follows the body. */
const SEAL = /^,\n"crc":"([0-9a-f]{8})"\}\n$/
const SEAL_BYTES = ',\n"crc":"00000000"}\n'.length

/**
 * @param path only for messages
 * @throws CorruptionError; FormatError when it is intact but of a format that this version does not read
 */
export async function decodeSnapshot (
  path: string, chunks: AsyncIterable<Buffer>, format = SNAPSHOT_FORMAT
): Promise<Snapshot> {
  const crc = createChecksum()
  const text = createReader()
  let end = Buffer.alloc(0)
  for await (const chunk of chunks) {
    const bytes = Buffer.concat([end, chunk])
    const body = bytes.subarray(0, -SEAL_BYTES)
    crc.add(body)
    text.add(body)
    end = bytes.subarray(body.length)
  }
  const corruption = (what: string): Error => new CorruptionError(path, null, what, START_EMPTY)
  const [, wanted] = SEAL.exec(end.toString('latin1')) ?? []
  if (wanted === undefined) throw corruption('the end of the snapshot is missing or changed')
  if (crc.read() !== wanted) throw corruption('the checksum of the snapshot does not match')
  const snapshot = text.read()
  if (snapshot?.format === 'longhand') throw unreleased(path)
  if (snapshot?.format !== format.name) throw corruption('it is not a snapshot of Longhand')
  return { ...upgradeFrom(path, format, snapshot.version)(snapshot), version: format.version }
}

const NEWLINE = 0x0a
const COMMA = 0x2c

/** Reads what `bodyOf` wrote, line by line. Anything else yields a result that the checksum then rejects. */
function createReader () {
  let head: Omit<Snapshot, 'expressions'> | null = null
  const expressions: CalculationRecord[] = []
  /** The chunks of a line whose end has not come yet. */
  let begun: Buffer[] = []
  let number = 0

  function readLine (line: Buffer): void {
    number++
    // The second line begins the list.
    if (number === 2) return
    const isFollowed = line.at(-1) === COMMA
    const text = line.toString('utf8', 0, isFollowed ? line.length - 1 : line.length)
    if (number === 1) head = parseOrNull(`${text}}`)
    else expressions.push(parseOrNull(text))
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
    read: (): Snapshot | null => head === null ? null : Object.assign({}, head, { expressions })
  }
}

/** Null for what is not JSON: then the checksum does not match either. */
function parseOrNull (text: string) {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
