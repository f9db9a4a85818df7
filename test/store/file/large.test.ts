/** Stores that are larger than any string: V8's longest has about 500 million characters, here it has two million. */
import { type Test, test } from 'tap'
import { encodeSnapshot } from '../../../src/store/file/snapshot-format.js'
import { chunksOf } from '../../../src/store/file/chunks.js'
import { submissionOf } from '../fixture.js'
import { createFaultyDisk, filesOf, powerLoss, FATES } from './faulty-disk.js'
import { PATH, openOn, settled } from './scene.js'

const LONGEST = 2_000_000

const SMALL_CHUNKS = { chunkBytes: 50_000 }

/** Whatever would make a string, or take one, that is longer fails as it does beyond the real limit. */
function shortenStrings (t: Test): void {
  const { parse, stringify } = JSON
  const { from } = Buffer
  const { toString } = Buffer.prototype
  const bounded = <T extends { readonly length: number }>(text: T): T => {
    if (text.length > LONGEST) throw new RangeError('Invalid string length')
    return text
  }
  JSON.parse = (text: string) => parse(bounded(text)) as unknown
  JSON.stringify = ((value: unknown) => bounded(stringify(value))) as typeof stringify
  Buffer.from = ((value: string, ...rest: never[]) =>
    from(typeof value === 'string' ? bounded(value) : value, ...rest)) as typeof from
  Buffer.prototype.toString = function (this: Buffer, encoding?: BufferEncoding, start = 0, end = this.length) {
    bounded({ length: end - start })
    return toString.call(this, encoding, start, end)
  }
  t.teardown(() => {
    Object.assign(JSON, { parse, stringify })
    Buffer.from = from
    Buffer.prototype.toString = toString
  })
}

/** A number with so much space behind it. */
const sourceOf = (id: number, length: number): string => `${id}`.padEnd(length)

test('a snapshot, a journal and a group of lines may be longer than any string', async t => {
  shortenStrings(t)
  const disk = createFaultyDisk(undefined, SMALL_CHUNKS)
  const { store, clock, faults } = await openOn(disk)
  const submit = (id: number) => store.submit(submissionOf(sourceOf(id, 400_000)))
  await Promise.all(Array.from({ length: 8 }, (_, index) => submit(index)))
  for (let round = 0; round < 2; round++) {
    clock.advance(5_000)
    await settled(500)
  }
  t.same(faults, [])
  const { [PATH]: snapshot } = filesOf(disk.image())
  t.ok(snapshot!.length > LONGEST, 'the compactor has read the journal and written the snapshot')
  await Promise.all(Array.from({ length: 8 }, (_, index) => submit(8 + index)))
  for (let round = 0; round < 2; round++) {
    clock.advance(5_000)
    await settled(500)
  }
  t.same(faults, [])
  t.ok(filesOf(disk.image())[PATH]!.length > 3 * LONGEST, 'and the snapshot before it')
  await submit(16)

  const { store: again } = await openOn(createFaultyDisk(powerLoss(disk.image(), FATES.lost), SMALL_CHUNKS))
  t.same((await again.list({})).map(({ result }) => result), Array.from({ length: 17 }, (_, index) => index))
  t.equal((await again.find(17))!.source.length, 400_000)
  await store.close()
  t.same(faults, [])
  const { store: last } = await openOn(disk)
  t.equal((await last.list({})).length, 17)
  await last.close()
})

test('a line that is longer than any string is refused, and the journal continues without it', async t => {
  shortenStrings(t)
  const disk = createFaultyDisk(undefined, SMALL_CHUNKS)
  const { store } = await openOn(disk)
  await store.submit(submissionOf('1'))
  const submission = { ...submissionOf('2'), source: sourceOf(2, LONGEST) }
  await t.rejects(store.submit(submission), RangeError)
  t.equal((await store.submit(submissionOf('3'))).id, 2)
  const { store: again } = await openOn(createFaultyDisk(powerLoss(disk.image(), FATES.lost), SMALL_CHUNKS))
  t.same((await again.list({})).map(({ result }) => result), [1, 3])
})

test('a snapshot that could not be read is not written: the one before it stays', async t => {
  const disk = createFaultyDisk(undefined, SMALL_CHUNKS)
  const { store, clock, snapshotFaults } = await openOn(disk)
  // In the journal it is not too long yet: a snapshot says more of each operation.
  await store.submit({ ...submissionOf('1+2'), source: sourceOf(1, LONGEST - 300) })
  const before = filesOf(disk.image())[PATH]
  shortenStrings(t)
  for (let round = 0; round < 2; round++) {
    clock.advance(5_000)
    await settled(500)
  }
  t.match(snapshotFaults, [{ error: RangeError }])
  const { [PATH]: after, ...others } = filesOf(disk.image())
  t.same(after, before)
  t.notOk(`${PATH}.new` in others)
  const { store: again } = await openOn(createFaultyDisk(disk.image(), SMALL_CHUNKS))
  t.match(await again.list({}), [{ id: 1, status: 'pending' }])
})

test('texts are joined into chunks of about one length', async t => {
  const chunks = [...chunksOf(['a', 'bc', 'ä', '', 'defgh', 'i'], 3)].map(String)
  t.same(chunks, ['abc', 'ädefgh', 'i'])
  t.same([...chunksOf([])], [])
  const head = { format: 'f', version: 1, store: 's', issuer: 'i', last: 0, nextId: 1, nextTask: 1 } as const
  const snapshot = { ...head, lastAt: 0, startedAt: 0, expressions: [] }
  const [whole, small] = [[...encodeSnapshot(snapshot)], [...encodeSnapshot(snapshot, 1)]]
  t.ok(small.length > whole.length)
  t.same(Buffer.concat(small), Buffer.concat(whole), 'whatever the length, it is the same text')
})
