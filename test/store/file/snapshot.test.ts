import { test } from 'tap'
import { createLedger } from '../../../src/core/queue/ledger.js'
import { checksum } from '../../../src/store/file/checksum.js'
import { ledgerOf, openSnapshot, writeSnapshot } from '../../../src/store/file/snapshot.js'
import { type Snapshot, SNAPSHOT_FORMAT, decodeSnapshot } from '../../../src/store/file/snapshot-format.js'
import { claimBy, submissionOf, workOff } from '../fixture.js'
import { FATES, createFaultyDisk, filesOf, imageOf, killedAt, powerLoss } from './faulty-disk.js'
import { PATH, contents, openOn } from './scene.js'

/** A snapshot with expressions in all states, as text and as data. */
async function written (): Promise<{ text: string, data: Snapshot }> {
  const disk = createFaultyDisk()
  const { store } = await openOn(disk)
  const idempotency = { key: 'k', fingerprint: 'f' }
  await store.submit(submissionOf('1+2', 100, { idempotency }))
  await workOff(store)
  await store.submit(submissionOf('(3+4)*5'))
  await store.claim(claimBy('Zoë'))
  for (const source of ['6*7', '1/0', '42', '8-9']) await store.submit(submissionOf(source))
  await store.cancel(3)
  await store.close()
  const text = filesOf(disk.image())[PATH]!.toString()
  return { text, data: JSON.parse(text) as Snapshot }
}

/** The text, changed, with the checksum that then belongs to it. */
function sealed (text: string): string {
  const body = text.slice(0, text.lastIndexOf(',\n"crc"'))
  return `${body},\n"crc":"${checksum(body)}"}\n`
}

async function read (text: string) {
  const snapshot = openSnapshot(createFaultyDisk(imageOf({ [PATH]: text })), PATH)
  await snapshot.read()
  return snapshot.data
}

test('a snapshot is JSON with a format, a version and one line for each expression', async t => {
  const { text, data } = await written()
  t.match(data, { format: 'longhand-snapshot', version: 2, nextId: 7, nextTask: 7 })
  t.same(data.expressions.map(({ id, source, status, value }) => [id, source, status, value]), [
    [1, '1+2', 'completed', 3], [2, '(3+4)*5', 'in_progress', null], [3, '6*7', 'cancelled', null],
    [4, '1/0', 'failed', null], [5, '42', 'completed', 42], [6, '8-9', 'pending', null]
  ])
  const lines = text.split('\n').filter(line => line.startsWith('{"id":'))
  t.equal(lines.length, 6)
  t.match(lines[1], /"Zoë"/)
})

test('what was written is read', async t => {
  const { text, data } = await written()
  const { crc: _, ...wanted } = data as Snapshot & { crc: string }
  t.match(await read(text), wanted)
  const disk = createFaultyDisk(imageOf({ [PATH]: text }))
  const ledger = ledgerOf((await read(text))!)
  await writeSnapshot(disk, PATH, ledger, data)
  t.equal(filesOf(disk.image())[PATH]!.toString(), text)
})

test('thousands of expressions are written and read', async t => {
  const ledger = createLedger()
  for (let id = 1; id <= 2_500; id++) {
    ledger.apply({
      do: 'submit', id, kind: 'expression', source: `${id}`, firstTask: 1, operations: [], result: id, at: id
    })
  }
  const disk = createFaultyDisk()
  await writeSnapshot(disk, PATH, ledger, { store: 'a-store', issuer: 'an-issuer', last: 7 })
  const data = await read(filesOf(disk.image())[PATH]!.toString())
  t.match(data, { store: 'a-store', issuer: 'an-issuer', last: 7 })
  t.same(contents(ledgerOf(data!)), contents(ledger))
})

test('no file is no snapshot', async t => {
  const snapshot = openSnapshot(createFaultyDisk(), PATH)
  await snapshot.read()
  t.equal(snapshot.data, null)
  await snapshot.write()
  t.same(filesOf(createFaultyDisk().image()), {}, 'and writing nothing writes nothing')
})

test('a newer version, and what an unreleased build wrote, are refused by name', async t => {
  const { text } = await written()
  await t.rejects(read(sealed(text.replace('"version":2', '"version":99'))), {
    name: 'FormatError', message: /^\/data\/longhand.json was written by a newer version of Longhand \(format 99; this/
  })
  for (const version of [1, 4]) {
    const unreleased = `"format":"longhand","version":${version}`
    await t.rejects(read(sealed(text.replace('"format":"longhand-snapshot","version":2', unreleased))), {
      name: 'FormatError',
      message: '/data/longhand.json was written by an unreleased build of Longhand, in a format that this version ' +
        'does not read. Let that build finish its work, or move all files of the store away to start with an empty ' +
        'one. Nothing was changed'
    })
  }
})

test('an older version passes through the upgrades of each version after it', async t => {
  const { text, data } = await written()
  const upgrades = new Map([
    [1, (old: Snapshot): Snapshot => ({ ...old, nextTask: old.nextTask + 1 })],
    [2, (old: Snapshot): Snapshot => ({ ...old, nextTask: old.nextTask * 2 })]
  ])
  const upgraded = async (version: number): Promise<Snapshot> => {
    async function * chunks () {
      yield Buffer.from(sealed(text.replace('"version":2', `"version":${version}`)))
    }
    return decodeSnapshot(PATH, chunks(), { ...SNAPSHOT_FORMAT, version: 3, upgrades })
  }
  t.match(await upgraded(1), { version: 3, nextTask: 16, expressions: data.expressions })
  t.match(await upgraded(2), { version: 3, nextTask: 14 })
  t.match(await upgraded(3), { version: 3, nextTask: 7 })
  await t.rejects(upgraded(0), { name: 'FormatError' })
})

test('another file with a checksum like this one, and one that was changed, are corrupt', async t => {
  const { text } = await written()
  await t.rejects(read(sealed(text.replace('"format":"longhand-snapshot"', '"format":"shorthand"'))),
    { name: 'CorruptionError', message: /not a snapshot of Longhand/ })
  await t.rejects(read('{}'), { name: 'CorruptionError', message: /the end of the snapshot is missing or changed/ })
  await t.rejects(read(''), { name: 'CorruptionError' })
  await t.rejects(read(text.replace('"value":3', '"value":4')), { name: 'CorruptionError', message: /checksum/ })
})

test('a crash at any step of writing leaves the old snapshot or the new one', async t => {
  const { text, data } = await written()
  const disk = createFaultyDisk(imageOf({ [PATH]: text }))
  const ledger = ledgerOf(data)
  ledger.apply({ do: 'cancel', id: 6, at: 0 })
  await writeSnapshot(disk, PATH, ledger, { ...data, last: data.last + 1 })
  t.ok(disk.steps.length >= 6)
  const seen = new Set<number>()
  for (const step of disk.steps) {
    const { length } = step.write?.data ?? []
    for (const bytes of new Set([0, length >> 1, length])) {
      const image = killedAt(step, bytes)
      for (const after of [image, ...Object.values(FATES).map(fate => powerLoss(image, fate))]) {
        seen.add((await read(filesOf(after)[PATH]!.toString()))!.last - data.last)
      }
    }
  }
  t.same(seen, new Set([0, 1]))
  t.equal((await read(filesOf(powerLoss(disk.image(), FATES.lost))[PATH]!.toString()))!.last, data.last + 1)
})
