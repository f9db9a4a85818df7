import { readFileSync } from 'node:fs'
import { type Test, test } from 'tap'
import { createLedger } from '../../../src/core/queue/ledger.js'
import { checksum } from '../../../src/store/file/checksum.js'
import { ledgerOf, openSnapshot, writeSnapshot } from '../../../src/store/file/snapshot.js'
import { type Snapshot, SNAPSHOT_VERSION } from '../../../src/store/file/snapshot-format.js'
import { claimBy, submissionOf, workOff } from '../conformance.js'
import { FATES, createFaultyDisk, filesOf, imageOf, killedAt, powerLoss } from './faulty-disk.js'
import { PATH, contents, findAll, openOn, segmentAt } from './scene.js'

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
  t.match(data, { format: 'longhand', version: SNAPSHOT_VERSION, nextId: 7, nextTask: 7 })
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

test('a newer format, and another file with a checksum like this one, are refused by name', async t => {
  const { text } = await written()
  await t.rejects(read(sealed(text.replace(`"version":${SNAPSHOT_VERSION}`, '"version":99'))),
    { name: 'DamagedStoreError', message: /^\/data\/longhand.json: it was written by a newer Longhand \(format 99/ })
  await t.rejects(read(sealed(text.replace('"format":"longhand"', '"format":"shorthand"'))),
    { name: 'DamagedStoreError', message: /not a snapshot of Longhand/ })
  await t.rejects(read('{}'), { name: 'DamagedStoreError', message: /does not end as it was written/ })
  await t.rejects(read(''), { name: 'DamagedStoreError' })
  await t.rejects(read(text.replace('"value":3', '"value":4')), { name: 'DamagedStoreError', message: /checksum/ })
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

/** What the first version of this store wrote: a snapshot, and a journal with a line of each kind that it had. */
function firstVersion (): Record<string, Buffer> {
  const names = ['longhand.json', 'longhand.000000000008.journal']
  return Object.fromEntries(names.map(name =>
    [`/data/${name}`, readFileSync(new URL(`./version-1/${name}`, import.meta.url))]))
}

test('the files of the first version are read, and go on in the new format', async t => {
  const disk = createFaultyDisk(imageOf(firstVersion()))
  const { store } = await openOn(disk)
  await holdsFirst(t, store)
  t.match(await store.submit(submissionOf('1+1')), { id: 5 })
  t.same(await store.report([{ task: 3, lease: null, result: 35 }]), ['accepted'])

  const killed = await openOn(createFaultyDisk(disk.image()))
  t.match(await findAll(killed.store), [{}, { result: 35 }, {}, {}, { source: '1+1' }], 'both formats in one segment')
  await store.close()
  const files = filesOf(disk.image())
  t.match(JSON.parse(files[PATH]!.toString()), { version: SNAPSHOT_VERSION })
  t.notOk(segmentAt(8) in files)
  t.match(await findAll((await openOn(disk)).store), [{}, { result: 35 }, {}, {}, { source: '1+1' }])
})

async function holdsFirst (t: Test, store: Awaited<ReturnType<typeof openOn>>['store']): Promise<void> {
  t.match(await findAll(store), [
    { id: 1, source: '1+2', status: 'completed', result: 3 },
    { id: 2, source: '(3+4)*5', status: 'in_progress', operations: { total: 2, completed: 1 } },
    { id: 3, source: '1/0', status: 'failed', error: { code: 'division_by_zero' } },
    { id: 4, source: '6*7', status: 'pending' }
  ])
  t.match((await store.findOperations(2))!.tasks[1], { state: 'leased', agent: 'an agent', lease: '4__KGYozwLla.1' })
  const idempotency = { key: 'k1', fingerprint: 'f1' }
  t.match(await store.submit(submissionOf('(3+4)*5', 100, { idempotency })), { id: 2 })
}

test('in the second version 0 ms also stood for calculations that were just begun', async t => {
  const { text, data } = await written()
  t.same(data.expressions.map(({ spentMs }) => spentMs), Array(6).fill(null))
  const second = (spentMs: number): string => sealed(text
    .replace(`"version":${SNAPSHOT_VERSION}`, '"version":2').replaceAll('"spentMs":null', `"spentMs":${spentMs}`))
  t.match(await read(second(0)), { version: SNAPSHOT_VERSION, expressions: [{ spentMs: null }, { spentMs: null }] })
  t.match(await read(second(70)), { version: SNAPSHOT_VERSION, expressions: [{ spentMs: 70 }, { spentMs: 70 }] })
})

test('a store of before tokens named it has one name from its first start on, and takes its old tokens', async t => {
  const lease = async (files: Record<string, Buffer>): Promise<string> => {
    const { store } = await openOn(createFaultyDisk(imageOf(files)))
    return (await store.claim(claimBy()))[0]!.lease
  }
  const issuer = (await lease(firstVersion())).split('~')[0]!
  t.equal((await lease(firstVersion())).split('~')[0], issuer, 'also when it is killed before there is a snapshot')

  const disk = createFaultyDisk(imageOf(firstVersion()))
  const { store } = await openOn(disk)
  t.same(await store.renew([{ task: 3, lease: '4__KGYozwLla.1' }]), ['accepted'])
  await store.close()
  t.match(JSON.parse(filesOf(disk.image())[PATH]!.toString()), { version: SNAPSHOT_VERSION, issuer })
  const { store: again } = await openOn(disk)
  const outcomes = await again.report([{ task: 3, lease: '4__KGYozwLla.1', result: 35 }])
  t.same(outcomes, ['accepted'])
})

test('in the third version tokens did not name their store', async t => {
  const { text, data } = await written()
  const third = sealed(text.replace(`"version":${SNAPSHOT_VERSION}`, '"version":3')
    .replace(`,"issuer":"${data.issuer}"`, ''))
  t.notMatch(third, /issuer/)
  const { expressions } = data
  t.match(await read(third), { version: SNAPSHOT_VERSION, issuer: data.store, lastAt: data.lastAt, expressions })
})

test('damage in the files of the first version is found, too', async t => {
  const files = firstVersion()
  for (const [path, data] of Object.entries(files)) {
    for (let place = 0; place < data.length; place++) {
      const changed = Buffer.from(data)
      changed[place]! ^= 1 << (place % 8)
      const disk = createFaultyDisk(imageOf({ ...files, [path]: changed }), { isInstant: true })
      const error = await openOn(disk).then(() => null, error => error as Error)
      // Its header has no checksum, but nothing in it can change unnoticed that matters: here only its own version.
      const isHeader = path !== PATH && place < data.indexOf('\n')
      if (error?.name !== 'DamagedStoreError' && !isHeader) t.fail(`${path}, byte ${place}: ${error}`)
    }
  }
  t.pass('every byte was tried')
})
