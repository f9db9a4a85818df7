import { test } from 'tap'
import type { Submitted, Transition } from '../../../src/core/queue/transition.js'
import {
  JOURNAL_FORMAT, decodeSegment, encodeGroup, encodeHeader, encodeLine, encodeWritten
} from '../../../src/store/file/segment.js'

const NAME = 'longhand.000000000004.journal'

function submit (id: number, source = `${id}+1`): Submitted {
  return {
    do: 'submit',
    id,
    kind: 'expression',
    source,
    firstTask: id,
    operations: [['*', id, 1, 100]],
    result: { of: 0 },
    at: 5
  }
}

const claim: Transition = { do: 'claim', id: 4, task: 0, lease: 'L', leaseMs: 100, agent: 'an agent', at: 6 }

interface Group {
  readonly transitions: readonly Transition[]
  readonly synced: number
}

/** A segment whose first line is number 4, and where each of its groups begins. */
function segmentOf (groups: readonly Group[]): { data: Buffer, starts: number[], last: number } {
  const pieces = [encodeHeader('a-store', 4)]
  const starts: number[] = []
  let last = 3
  for (const { transitions, synced } of groups) {
    starts.push(Buffer.concat(pieces).length)
    pieces.push(encodeGroup(transitions.map(transition => encodeLine(++last, transition)), last, synced))
  }
  return { data: Buffer.concat(pieces), starts, last }
}

/** Two lines, two claims that were not synced, one line. */
const THREE = segmentOf([
  { transitions: [submit(4), submit(5, 'ä∙ö 😀')], synced: 3 },
  { transitions: [claim, claim], synced: 5 },
  { transitions: [submit(6)], synced: 5 }
])

const corruption = { name: 'CorruptionError', message: new RegExp(`^${NAME}, line \\d+: `) }

test('what was written is read', async t => {
  const decoded = decodeSegment(NAME, THREE.data)!
  t.same(decoded.header, { format: 'longhand-journal', version: 2, store: 'a-store', first: 4 })
  t.same(decoded.transitions, [submit(4), submit(5, 'ä∙ö 😀'), claim, claim, submit(6)])
  t.equal(decoded.last, 8)
  t.equal(decoded.size, THREE.data.length)
  const header = encodeHeader('a-store', 4)
  t.match(decodeSegment(NAME, header), { transitions: [], last: 3, size: header.length })
})

test('groups that no later one proves to be on disk are unproven', async t => {
  const unproven = ({ data }: { data: Buffer }): number => data.length - decodeSegment(NAME, data)!.unproven.length
  t.equal(unproven(THREE), THREE.starts[1], 'the claims, and the last group')
  const proved = segmentOf([{ transitions: [claim], synced: 3 }, { transitions: [submit(4)], synced: 4 }])
  t.equal(unproven(proved), proved.starts[1])
  t.equal(unproven(segmentOf([])), encodeHeader('a-store', 4).length)
})

test('cut anywhere, all whole groups and nothing else is there', async t => {
  const ends = [...THREE.starts, THREE.data.length]
  for (let size = THREE.starts[0]!; size <= THREE.data.length; size++) {
    const whole = ends.filter(end => end <= size).at(-1)!
    const decoded = decodeSegment(NAME, THREE.data.subarray(0, size))!
    if (decoded.size !== whole) t.fail(`cut at ${size}: ${decoded.size} bytes, expected ${whole}`)
    if (decoded.last !== [3, 5, 7, 8][ends.indexOf(whole)]) t.fail(`cut at ${size}: line ${decoded.last}`)
  }
  for (let size = 0; size < THREE.starts[0]!; size++) {
    if (decodeSegment(NAME, THREE.data.subarray(0, size)) !== null) t.fail(`the header cut at ${size}`)
  }
  t.pass('every byte was tried')
})

test('every bit that changes anywhere is noticed', async t => {
  for (const { data } of [THREE, segmentOf([{ transitions: [submit(4)], synced: 3 }])]) {
    for (let place = 0; place < data.length; place++) {
      for (const mask of [1, 2, 4, 8, 16, 32, 64, 128]) {
        const changed = Buffer.from(data)
        changed[place]! ^= mask
        if (!isCorrupt(changed)) t.fail(`byte ${place} xor ${mask} passes`)
      }
    }
  }
  t.pass('every bit was tried')
})

test('every byte that becomes another one is noticed', async t => {
  for (let place = 0; place < THREE.data.length; place++) {
    for (const other of Buffer.from('\0\n{}",0 \xff', 'latin1')) {
      if (THREE.data[place] === other) continue
      const changed = Buffer.from(THREE.data)
      changed[place] = other
      if (!isCorrupt(changed)) t.fail(`byte ${place} as ${other} passes`)
    }
  }
  t.pass('every byte was tried')
})

function isCorrupt (data: Buffer): boolean {
  try {
    decodeSegment(NAME, data)
    return false
  } catch (error) {
    return (error as Error).name === corruption.name && corruption.message.test((error as Error).message)
  }
}

test('the message names the line', async t => {
  const lines = THREE.data.toString().split('\n')
  t.equal(lines.length, 10)
  for (const [index, line] of lines.slice(0, -1).entries()) {
    // A line that is joined with its commit line is missed there.
    const changed = Buffer.from(THREE.data.toString().replace(`${line}\n`, `${line.slice(0, -1)}\n`))
    t.throws(() => decodeSegment(NAME, changed), { message: new RegExp(`^${NAME}, line ${index + 1}: `) })
  }
})

test('a group that is missing, repeated or misplaced is corruption', async t => {
  const [one, two, three] = THREE.starts as [number, number, number]
  const header = THREE.data.subarray(0, one)
  const groups = [THREE.data.subarray(one, two), THREE.data.subarray(two, three), THREE.data.subarray(three)]
  for (const order of [[1, 2], [0, 2], [0, 0, 1, 2], [0, 2, 1], [2, 1, 0]]) {
    t.ok(isCorrupt(Buffer.concat([header, ...order.map(index => groups[index]!)])), String(order))
  }
})

test('lines with wrong numbers are corruption, though their checksum is right', async t => {
  const header = encodeHeader('a-store', 4)
  t.match(decodeSegment(NAME, Buffer.concat([header, encodeGroup([encodeLine(4, submit(4))], 4, 3)])), { last: 4 })
  for (const [number, end] of [[9, 4], [4, 9], [3, 3], [5, 5]] as const) {
    t.ok(isCorrupt(Buffer.concat([header, encodeGroup([encodeLine(number, submit(4))], end, 3)])), `${number}, ${end}`)
  }
  t.ok(isCorrupt(Buffer.concat([header, encodeGroup([], 3, 3), encodeGroup([encodeLine(5, submit(4))], 5, 3)])))
})

/** A group that fills some sectors. */
function large (id: number): Transition {
  return submit(id, '1+'.repeat(1_500))
}

function zeroed (data: Buffer, from: number, to: number): Buffer {
  const result = Buffer.from(data)
  return result.fill(0, from, to)
}

test('a last group with sectors that never reached the disk is dropped, wherever they are', async t => {
  const { data, starts } = segmentOf([{ transitions: [submit(4)], synced: 3 }, { transitions: [large(5)], synced: 4 }])
  const start = starts[1]!
  const firstSector = Math.ceil(start / 512) * 512
  const lastSector = Math.floor(data.length / 512) * 512
  const lost: ReadonlyArray<readonly [string, number, number]> = [
    ['all of it', start, data.length],
    ['its beginning', start, firstSector],
    ['its middle', firstSector, firstSector + 512],
    ['its end', lastSector, data.length],
    ['all but its beginning', firstSector, data.length]
  ]
  for (const [name, from, to] of lost) {
    t.match(decodeSegment(NAME, zeroed(data, from, to)), { last: 4, size: start }, name)
  }
  const grown = Buffer.concat([data.subarray(0, start), Buffer.alloc(9_000)])
  t.match(decodeSegment(NAME, grown), { last: 4, size: start }, 'a file that had grown')
})

test('zeros that no power loss leaves are corruption', async t => {
  const { data, starts } = segmentOf([{ transitions: [submit(4)], synced: 3 }, { transitions: [large(5)], synced: 4 }])
  const sector = Math.ceil(starts[1]! / 512) * 512
  const holes = [
    [sector + 1, sector + 512], [sector, sector + 511], [starts[1]! + 1, starts[1]! + 9],
    [data.length - 9, data.length], [data.length - 90, data.length]
  ] as const
  for (const [from, to] of holes) {
    t.ok(isCorrupt(zeroed(data, from, to)), `${from} to ${to}`)
  }
})

test('lost sectors are corruption where a later group says that they were on disk', async t => {
  const groups: Group[] = [
    { transitions: [claim], synced: 3 }, { transitions: [large(4)], synced: 3 }, { transitions: [submit(5)], synced: 5 }
  ]
  const { data, starts } = segmentOf(groups)
  const sector = Math.ceil(starts[1]! / 512) * 512
  t.ok(isCorrupt(zeroed(data, sector, sector + 512)))
  t.ok(isCorrupt(zeroed(data, starts[0]!, sector)), 'the group before it, too')
})

test('of groups that were never synced, a torn one drops the later ones, too', async t => {
  const { data, starts } = segmentOf([
    { transitions: [submit(4)], synced: 3 },
    { transitions: Array(20).fill(claim), synced: 4 },
    { transitions: [claim], synced: 4 }
  ])
  const sector = Math.ceil(starts[1]! / 512) * 512
  t.match(decodeSegment(NAME, zeroed(data, sector, sector + 512)), { last: 4, size: starts[1] })
})

test('a newer version, and what an unreleased build wrote, are refused by name', async t => {
  const newer = encodeHeader('a-store', 4, { ...JOURNAL_FORMAT, version: JOURNAL_FORMAT.version + 1 })
  t.throws(() => decodeSegment(NAME, Buffer.concat([newer, Buffer.from('in another format\n')])), {
    name: 'FormatError',
    message: `${NAME} was written by a newer version of Longhand (format 3; this one reads up to 2). ` +
      'Start that version or a newer one. Nothing was changed'
  })
  for (const crc of ['', ',"crc":"0a8d5e11"']) {
    const header = Buffer.from(`{"longhand":"journal","version":1,"store":"a-store","first":4${crc}}\n`)
    t.throws(() => decodeSegment(NAME, header), { name: 'FormatError', message: /^longhand\..* an unreleased build/ })
  }
})

test('lines of an older version pass through the upgrades of each version after it', async t => {
  const rename = (agent: string) => (transition: Transition): Transition =>
    transition.do === 'claim' ? { ...transition, agent: `${transition.agent} ${agent}` } : transition
  const format = { ...JOURNAL_FORMAT, version: 3, upgrades: new Map([[1, rename('of 2')], [2, rename('of 3')]]) }
  const agents = (version: number): unknown => {
    const header = encodeHeader('a-store', 4, { ...format, version })
    const lines = encodeGroup([encodeLine(4, submit(4)), encodeLine(5, claim)], 5, 3)
    return decodeSegment(NAME, Buffer.concat([header, lines]), format)!.transitions
  }
  t.same(agents(1), [submit(4), { ...claim, agent: 'an agent of 2 of 3' }])
  t.same(agents(2), [submit(4), { ...claim, agent: 'an agent of 3' }])
  t.same(agents(3), [submit(4), claim])
  t.throws(() => agents(0), { name: 'FormatError' })
})

test('a file without a line end is an interrupted creation, unless it is too long for that', async t => {
  t.equal(decodeSegment(NAME, Buffer.alloc(0)), null)
  t.equal(decodeSegment(NAME, Buffer.alloc(100)), null)
  t.ok(isCorrupt(Buffer.alloc(4_096)))
})

test('a submit whose plan is encoded already is read like any other', async t => {
  const { operations, ...head } = submit(5, 'é+1')
  const written = new TextEncoder().encode(`"operations":${JSON.stringify(operations)}`)
  // A piece of a larger buffer, as a thread may hand it over.
  const shifted = new Uint8Array([0, ...written, 0]).subarray(1, -1)
  const lines = [encodeLine(4, claim), ...encodeWritten(5, { ...head, written: shifted }), encodeLine(6, claim)]
  const data = Buffer.concat([encodeHeader('a-store', 4), encodeGroup(lines, 6, 3)])
  t.match(decodeSegment(NAME, data), { transitions: [claim, submit(5, 'é+1'), claim], last: 6, size: data.length })
})
