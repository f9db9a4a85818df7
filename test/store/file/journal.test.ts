import { type Test, test } from 'tap'
import type { Transition } from '../../../src/core/queue/transition.js'
import { type DiskFile, createFile } from '../../../src/store/file/disk.js'
import { type Journal, type JournalFault, createJournal } from '../../../src/store/file/journal.js'
import { decodeSegment, encodeHeader } from '../../../src/store/file/segment.js'
import { type FaultyDisk, FATES, createFaultyDisk, filesOf, powerLoss } from './faulty-disk.js'
import { segmentAt, settled } from './scene.js'

const cancel: Transition = { do: 'cancel', id: 1, at: 5 }
const claim: Transition = { do: 'claim', id: 1, task: 0, lease: 'L', leaseMs: 100, agent: null, at: 6 }
const start: Transition = { do: 'start', at: 1 }

interface Scene {
  readonly disk: FaultyDisk
  readonly journal: Journal
  readonly faults: JournalFault[]
  /** Syncs, but for the one of the header. */
  syncs (): number
  /** Numbers of the lines that are in the file, or survive a power loss. */
  written (path?: string): number
  synced (path?: string): number
}

/** A journal at its beginning. */
async function open (): Promise<Scene> {
  const disk = createFaultyDisk()
  const header = encodeHeader('a-store', 1)
  const file: DiskFile = await createFile(disk, segmentAt(1), header)
  const faults: JournalFault[] = []
  const before = disk.count('sync')
  const journal = createJournal({
    disk,
    store: 'a-store',
    pathOf: segmentAt,
    file,
    first: 1,
    last: 0,
    size: header.length,
    isHeld: () => true,
    onFault: fault => faults.push(fault)
  })
  const last = (files: Record<string, Buffer>, path: string): number => decodeSegment(path, files[path]!)!.last
  return {
    disk,
    journal,
    faults,
    syncs: () => disk.count('sync') - before,
    written: (path = segmentAt(1)) => last(filesOf(disk.image()), path),
    synced: (path = segmentAt(1)) => last(filesOf(powerLoss(disk.image(), FATES.lost)), path)
  }
}

/** Appends a line and waits until it is durable; returns the number of syncs so far. */
async function store ({ journal, syncs }: Scene, transition: Transition = cancel): Promise<number> {
  journal.append(transition)
  await journal.durable()
  return syncs()
}

test('no caller is answered before its line is synced', async t => {
  const scene = await open()
  for (const kind of ['write', 'sync'] as const) {
    const release = scene.disk.hold(kind)
    let isAnswered = false
    const answered = store(scene).then(() => { isAnswered = true })
    await settled()
    t.notOk(isAnswered, `while the ${kind} is under way`)
    release()
    await answered
    t.equal(scene.synced(), scene.journal.last)
  }
})

test('lines of one turn share one write and one sync', async t => {
  const scene = await open()
  const writes = scene.disk.count('write')
  t.same(await Promise.all(Array.from({ length: 100 }, () => store(scene))), Array(100).fill(1))
  t.equal(scene.disk.count('write') - writes, 1)
  t.equal(scene.written(), 100)
})

test('lines that arrive during a sync share the next one', async t => {
  const scene = await open()
  const release = scene.disk.hold('sync')
  const first = store(scene)
  await settled()
  const later: Array<Promise<number>> = []
  for (let count = 0; count < 10; count++) {
    later.push(store(scene))
    await settled(1)
  }
  release()
  t.equal(await first, 1)
  t.same(await Promise.all(later), Array(10).fill(2))
  t.equal(scene.disk.peak('sync'), 1)
})

test('while lines arrive without pause, no caller waits for more than two syncs', async t => {
  const scene = await open()
  const waits: Array<Promise<number>> = []
  for (let turn = 0; turn < 200; turn++) {
    const before = scene.syncs()
    waits.push(store(scene).then(after => after - before))
    await new Promise(resolve => setImmediate(resolve))
  }
  const counts = await Promise.all(waits)
  t.ok(Math.max(...counts) <= 2, `at most ${Math.max(...counts)}`)
  t.equal(scene.disk.peak('sync'), 1)
  t.ok(scene.syncs() > 20 && scene.syncs() < 200, `${scene.syncs()} syncs`)
})

test('a reader waits for lines that are being written, and a later one does not', async t => {
  const scene = await open()
  const release = scene.disk.hold('sync')
  scene.journal.append(cancel)
  await settled()
  let isAnswered = false
  const reader = scene.journal.durable().then(() => { isAnswered = true })
  await settled()
  t.notOk(isAnswered)
  release()
  await reader
  scene.disk.hold('sync')
  await scene.journal.durable()
})

test('claims alone are written and not synced', async t => {
  const scene = await open()
  for (const transition of [claim, start, claim]) t.equal(await store(scene, transition), 0)
  t.equal(scene.written(), 3)
  t.equal(scene.synced(), 0)
  t.same(await Promise.all([store(scene, claim), store(scene)]), [1, 1], 'but with the rest of their group')
  t.equal(scene.synced(), 5)
})

test('a group says which lines were on disk before it', async t => {
  const scene = await open()
  for (const transition of [cancel, claim, claim, cancel, cancel]) await store(scene, transition)
  const lines = filesOf(scene.disk.image())[segmentAt(1)]!.toString().split('\n')
  const ends = lines.filter(line => line.startsWith('{"commit"')).map(line => JSON.parse(line) as { synced: number })
  t.same(ends.map(({ synced }) => synced), [0, 1, 1, 1, 4])
})

test('when a group cannot be stored, all callers are rejected, and the journal takes nothing more', async t => {
  for (const [kind, written] of [['write', 0], ['write', 30], ['write', 100_000], ['sync', 0]] as const) {
    await t.test(`${kind}, ${written} bytes written`, async t => {
      const scene = await open()
      const { journal, disk } = scene
      await store(scene)
      const { size } = journal
      disk.fail(kind, { code: 'ENOSPC', written })
      const release = disk.hold(kind)
      const first = [store(scene), store(scene)]
      await settled()
      const waiting = [store(scene), journal.durable(), journal.rotate()]
      release()
      for (const one of await Promise.allSettled([...first, ...waiting])) {
        t.match(one, { status: 'rejected', reason: { code: 'ENOSPC' } })
      }
      t.match(scene.faults, [{ during: kind, path: segmentAt(1), size, error: { code: 'ENOSPC' } }])
      t.equal(scene.written(), 1, 'what was refused is not in the file')

      await t.rejects(store(scene), { code: 'ENOSPC' })
      await t.rejects(journal.rotate(), { code: 'ENOSPC' })
      await journal.close()
      t.equal(scene.faults.length, 1)
      t.equal(disk.open, 0)
    })
  }
})

test('a journal that cannot even truncate its file reports where it ends', async t => {
  const scene = await open()
  await store(scene)
  const { size } = scene.journal
  scene.disk.fail('write', { code: 'EIO', written: 100_000 })
  scene.disk.fail('truncate', { code: 'EIO' })
  await t.rejects(store(scene), { code: 'EIO' })
  t.match(scene.faults, [{ during: 'write', size }])
  t.equal(scene.written(), 2)
  await t.rejects(scene.journal.rotate(), { code: 'EIO' }, 'later callers are rejected, too')
})

test('a rotation waits for every line before it', async t => {
  const scene = await open()
  const { journal, disk } = scene
  const release = disk.hold('sync')
  journal.append(cancel)
  await settled()
  journal.append(cancel)
  const rotated = journal.rotate()
  await settled()
  release()
  t.equal(await rotated, 2)
  t.equal(scene.written(), 2)
  t.equal(scene.synced(segmentAt(3)), 2, 'the new segment is on disk')
  await store(scene)
  t.equal(scene.synced(segmentAt(3)), 3)
  t.equal(disk.open, 1, 'the old file is closed')
})

test('a rotation comes about while lines arrive without pause', async t => {
  const scene = await open()
  const before = scene.journal.rotate()
  for (let turn = 0; turn < 100; turn++) {
    scene.journal.append(cancel)
    await settled(1)
  }
  const last = await before
  t.ok(last < scene.journal.last)
  await scene.journal.durable()
  t.equal(scene.written(), last)
  t.equal(scene.written(segmentAt(last + 1)), scene.journal.last)
})

test('a rotation leaves nothing unsynced behind', async t => {
  const scene = await open()
  await store(scene, claim)
  await scene.journal.rotate()
  t.equal(scene.synced(), 1)
})

test('a segment without lines continues', async t => {
  const scene = await open()
  t.equal(await scene.journal.rotate(), 0)
  await store(scene)
  t.equal(await scene.journal.rotate(), 1)
  t.equal(await scene.journal.rotate(), 1)
  t.same(Object.keys(filesOf(scene.disk.image())), [segmentAt(1), segmentAt(2)])
})

test('when a rotation fails, the old segment continues, and nothing of the new one stays', async t => {
  for (const kind of ['create', 'write', 'sync', 'syncFolder'] as const) {
    const scene = await open()
    await store(scene)
    scene.disk.fail(kind, { code: 'ENOSPC' })
    await t.rejects(scene.journal.rotate(), { code: 'ENOSPC' }, kind)
    await store(scene)
    t.equal(scene.synced(), 2)
    t.same(Object.keys(filesOf(scene.disk.image())), [segmentAt(1)])
    t.equal(scene.disk.open, 1)
    t.same(scene.faults, [])
    t.equal(await scene.journal.rotate(), 2, 'the next try succeeds')
  }
})

test('a rotation that cannot sync what was written before is a fault', async t => {
  const scene = await open()
  await store(scene, claim)
  scene.disk.fail('sync', { code: 'EIO' })
  await t.rejects(scene.journal.rotate(), { code: 'EIO' })
  t.match(scene.faults, [{ during: 'sync' }])
  await t.rejects(store(scene), { code: 'EIO' })
})

test('closing puts the claims on disk, too', async t => {
  const scene = await open()
  scene.journal.append(claim)
  await scene.journal.close()
  await isSynced(t, scene)
})

async function isSynced (t: Test, { synced, journal, disk }: Scene): Promise<void> {
  t.equal(synced(), journal.last)
  t.equal(disk.open, 0)
}
