import { type Test, test } from 'tap'
import type { Change, Store } from '../../../src/core/store.js'
import { answer, claimBy, submissionOf, workOff } from '../fixture.js'
import { type FaultyDisk, type Kind, FATES, createFaultyDisk, filesOf, powerLoss } from './faulty-disk.js'
import { PATH, type Scene, findAll, openOn, segmentAt, settled } from './scene.js'

/** After this time (ms) the store tries to serve again. */
const REPAIR_MS = 1_000

interface FaultyScene extends Scene {
  readonly disk: FaultyDisk
}

/** A store with one completed expression and one whose task is leased. */
async function open (t: Test): Promise<FaultyScene> {
  const disk = createFaultyDisk()
  const scene = await openOn(disk)
  await scene.store.submit(submissionOf('1+2'))
  await workOff(scene.store)
  await scene.store.submit(submissionOf('3*4'))
  await scene.store.claim(claimBy('survivor'))
  t.same(scene.faults, [])
  return { ...scene, disk }
}

const unavailable = { code: 'storage_unavailable' }

async function statuses (store: Store): Promise<string[]> {
  return (await store.list({})).map(({ status }) => status)
}

async function repaired ({ clock }: Scene): Promise<void> {
  await settled()
  clock.advance(REPAIR_MS)
  await settled()
}

/** Twice as long as a store waits for another mutation before it makes its snapshot, and until that is done. */
async function idle ({ clock }: Scene): Promise<void> {
  for (let round = 0; round < 2; round++) {
    clock.advance(5_000)
    await settled()
  }
}

const WRITE_FAULTS = [
  { name: 'a full disk', code: 'ENOSPC' },
  { name: 'a short write', code: 'ENOSPC', written: 20 },
  { name: 'a write that fails at its end', code: 'EIO', written: 1_000_000 }
] as const

for (const { name, ...fault } of WRITE_FAULTS) {
  test(`after ${name} nothing was changed, and the store serves again when the disk does`, async t => {
    const scene = await open(t)
    const { store, disk, faults, clock } = scene
    disk.fail('write', fault)
    const before = await findAll(store)
    const release = disk.hold('write')
    const changes = [
      store.submit(submissionOf('5+5')),
      store.report([{ task: 2, lease: null, result: 12 }]),
      store.cancel(2),
      store.claim(claimBy())
    ]
    const reads = [findAll(store)]
    await settled()
    changes.push(store.submit(submissionOf('6+6')))
    reads.push(findAll(store))
    release()
    for (const one of await Promise.allSettled(changes)) t.match(one, { status: 'rejected', reason: unavailable })
    t.match(faults, [{ error: { code: fault.code }, fatal: false }])
    // The lease was granted again, which updates its expression.
    const kept = before.map(shown => shown.id === 2 ? { ...shown, updatedAt: clock.now() } : shown)
    for (const list of [...await Promise.all(reads), await findAll(store)]) t.same(list, kept, 'reads go on')
    await t.rejects(store.claim(claimBy()), unavailable, 'changes do not')
    t.notOk(store.serves())

    await repaired(scene)
    t.ok(store.serves())
    t.equal(scene.recoveries(), 1)
    // The lease was granted again, which updates its expression.
    t.same(await findAll(store), before.map(shown => shown.id === 2 ? { ...shown, updatedAt: clock.now() } : shown))
    t.match((await store.findOperations(2))!.tasks[0], { state: 'leased', agent: 'survivor', attempts: 1 })
    t.equal((await store.submit(submissionOf('7+7'))).id, 3, 'the ids go on')
    t.match(await store.claim(claimBy()), [{ id: 3, left: 7 }], 'and the tasks')
    t.same(await store.report([{ task: 2, lease: null, result: 12 }]), ['accepted'])
    t.equal(faults.length, 1)
    await store.close()
    t.match(await findAll((await openOn(disk)).store), [{}, { result: 12 }, { source: '7+7' }])
  })
}

test('a refused change does not turn up after a crash either', async t => {
  for (const written of [0, 20, 1_000_000]) {
    const { store, disk } = await open(t)
    disk.fail('write', { code: 'EIO', written })
    await t.rejects(store.submit(submissionOf('5+5')), unavailable)
    t.equal((await (await openOn(createFaultyDisk(disk.image()))).store.list({})).length, 2)
  }
})

test('a refused change does not turn up in a repair either, though the disk did not truncate the file', async t => {
  const scene = await open(t)
  scene.disk.fail('write', { code: 'EIO', written: 1_000_000 })
  scene.disk.fail('truncate', { code: 'EIO' })
  await t.rejects(scene.store.submit(submissionOf('5+5')), unavailable)
  t.match(filesOf(scene.disk.image())[segmentAt(1)]!.toString(), '5+5', 'it is in the file')
  await repaired(scene)
  t.equal((await scene.store.list({})).length, 2)
  t.equal((await scene.store.submit(submissionOf('6+6'))).id, 3)
})

test('while the files cannot be read again, the store refuses everything, and keeps trying', async t => {
  for (const kind of ['read', 'reopen', 'syncFolder'] as const) {
    const scene = await open(t)
    const { store, disk, faults, clock } = scene
    disk.fail('write', { code: 'ENOSPC' })
    disk.fail(kind, { code: 'EIO' })
    await t.rejects(store.cancel(2), unavailable)
    await settled()
    for (let tries = 1; tries <= 3; tries++) {
      await t.rejects(store.load(), unavailable)
      t.equal(faults.length, 1 + tries, kind)
      t.equal(clock.timers, 1)
      t.equal(disk.open, 0)
      if (tries < 3) disk.fail(kind, { code: 'EIO' })
      await repaired(scene)
    }
    t.same(await statuses(store), ['completed', 'in_progress'])
    await repaired(scene)
    t.equal((await store.submit(submissionOf('5+5'))).id, 3)
    t.equal(disk.open, 1)
  }
})

test('waiting agents are notified when the store serves again', async t => {
  const scene = await open(t)
  const changes: Change[] = []
  await scene.store.submit(submissionOf('5*5'))
  scene.store.watch(change => changes.push(change))
  scene.disk.fail('write', { code: 'ENOSPC' })
  await t.rejects(scene.store.submit(submissionOf('6+6')), unavailable)
  await settled()
  t.same(changes, [], 'and of nothing that was refused')
  await repaired(scene)
  t.same(changes, [{ type: 'ready', counts: new Map([['*', 1]]) }])
})

test('after a failed sync nothing is acknowledged any more', async t => {
  const scene = await open(t)
  const { store, disk, faults, clock } = scene
  disk.fail('sync', { code: 'EIO' })
  const verbs = [store.submit(submissionOf('5+5')), store.list({}), store.cancel(2)]
  for (const one of await Promise.allSettled(verbs)) t.match(one, { status: 'rejected', reason: unavailable })
  t.match(faults, [{ error: { code: 'EIO' }, fatal: true }])
  await repaired(scene)
  clock.advance(3_600_000)
  await settled()
  await t.rejects(store.find(1), unavailable)
  t.equal(clock.timers, 0, 'and it is not tried again')
  await store.close()
  t.notOk(disk.isLocked)
  t.equal(faults.length, 1)
  t.same(await statuses((await openOn(disk)).store), ['completed', 'in_progress'])
})

test('a sync that fails in a repair is repeated, with everything that it was to make durable', async t => {
  const scene = await open(t)
  scene.disk.fail('write', { code: 'ENOSPC' })
  scene.disk.fail('sync', { code: 'EIO' })
  await t.rejects(scene.store.cancel(2), unavailable)
  await settled()
  t.match(scene.faults, [{ fatal: false }, { error: { code: 'EIO' }, fatal: false }])
  await t.rejects(scene.store.load(), unavailable)
  await repaired(scene)
  t.same(await statuses(scene.store), ['completed', 'in_progress'])
  const lost = await openOn(createFaultyDisk(powerLoss(scene.disk.image(), FATES.lost)))
  t.same(await statuses(lost.store), ['completed', 'in_progress'])
})

test('a start that fails releases everything', async t => {
  const full = createFaultyDisk()
  await openOn(full).then(({ store }) => store.close())
  for (const before of [createFaultyDisk().image(), full.image()]) {
    for (const kind of ['read', 'create', 'reopen', 'write', 'sync', 'rename', 'syncFolder'] as Kind[]) {
      const disk = createFaultyDisk(before)
      disk.fail(kind, { code: 'EIO' })
      const opened = await openOn(disk).catch(error => error as Error)
      if (!(opened instanceof Error)) continue
      t.match(opened, { code: 'EIO' }, kind)
      t.notOk(disk.isLocked)
      t.equal(disk.open, 0)
      const { store } = await openOn(disk)
      t.equal((await store.submit(submissionOf('1'))).id, 1, 'the next start succeeds')
    }
  }
})

test('a snapshot that fails loses nothing, the journal continues, and the next attempt comes later', async t => {
  // Where in a snapshot it fails; the first sync is that of the journal.
  const steps: ReadonlyArray<readonly [Kind, number]> = [
    ['create', 1], ['write', 1], ['sync', 2], ['syncFolder', 1],
    ['read', 1], ['read', 2], ['create', 2], ['write', 2], ['write', 3], ['sync', 3], ['rename', 1], ['syncFolder', 2],
    ['remove', 1]
  ]
  for (const [kind, nth] of steps) {
    const scene = await open(t)
    const { store, disk, faults, snapshotFaults, clock } = scene
    disk.fail(kind, { code: 'ENOSPC', nth })
    await idle(scene)
    t.match(snapshotFaults, [{ error: { code: 'ENOSPC' }, retryMs: 60_000 }], `${kind} ${nth}`)
    t.same(faults, [], 'no change was refused, so no fault is reported')
    t.same(Object.keys(filesOf(disk.image())).filter(path => path.endsWith('.new')), [], 'no half snapshot takes room')
    t.equal((await store.submit(submissionOf('5+5'))).id, 3)

    await idle(scene)
    t.ok(segmentAt(1) in filesOf(disk.image()), 'not at once again')
    const lost = await openOn(createFaultyDisk(powerLoss(disk.image(), FATES.lost)))
    t.equal((await lost.store.list({})).length, 3)

    clock.advance(60_000)
    await idle(scene)
    t.equal(snapshotFaults.length, 1)
    t.equal(Object.keys(filesOf(disk.image())).length, 2, 'the snapshot and one segment')
    await store.close()
    t.equal((await (await openOn(disk)).store.list({})).length, 3)
  }
})

test('closing loses nothing when the last snapshot fails, and releases everything', async t => {
  for (const kind of ['create', 'write', 'rename', 'syncFolder', 'remove'] as const) {
    const { store, disk, faults, snapshotFaults } = await open(t)
    disk.fail(kind, { code: 'ENOSPC' })
    await store.close()
    t.match(snapshotFaults, [{ error: { code: 'ENOSPC' }, retryMs: null }], kind)
    t.same(faults, [])
    t.notOk(disk.isLocked)
    t.equal(disk.open, 0)
    const { store: again } = await openOn(createFaultyDisk(powerLoss(disk.image(), FATES.lost)))
    t.same(await statuses(again), ['completed', 'in_progress'])
    t.match((await again.findOperations(2))!.tasks[0], { attempts: 1 }, 'the claim is on disk, too')
  }
})

test('closing waits for verbs and repairs that are under way, and may be called twice', async t => {
  const scene = await open(t)
  const { store, disk, clock } = scene
  const [task] = await store.submit(submissionOf('5+5')).then(() => store.claim(claimBy()))
  const settling = store.report([{ task: task!.id, lease: task!.lease, result: answer(task!) }])
  const closing = store.close()
  t.equal(store.close(), closing)
  await t.rejects(store.find(1), unavailable)
  t.same(await settling, ['accepted'])
  t.ok(disk.isLocked)
  await closing
  t.notOk(disk.isLocked)
  t.equal(clock.timers, 0)

  const second = await openOn(disk)
  disk.fail('write', { code: 'ENOSPC' })
  const release = disk.hold('reopen')
  await t.rejects(second.store.cancel(2), unavailable)
  await settled()
  const closed = second.store.close()
  await settled()
  t.ok(disk.isLocked, 'not while the files are read again')
  release()
  await closed
  t.equal(disk.open, 0)
  t.notOk(disk.isLocked)
  t.equal(second.clock.timers, 0)
  t.same(await statuses((await openOn(disk)).store), ['completed', 'in_progress', 'completed'])
})

test('an answer that reveals something waits for its sync: duplicates, repeats, reads, refusals', async t => {
  const { store, disk } = await open(t)
  const idempotency = { key: 'k', fingerprint: 'f' }
  const release = disk.hold('sync')
  const answered: string[] = []
  const watch = async (name: string, verb: Promise<unknown>): Promise<void> => {
    await verb.catch(() => {})
    answered.push(name)
  }
  const first = watch('result', store.report([{ task: 2, lease: null, result: 12 }]))
  const submit = watch('submit', store.submit(submissionOf('8*8', 100, { idempotency })))
  await settled()
  t.match(filesOf(disk.image())[segmentAt(1)]!.toString(), '"value":12', 'it is written')
  const other = { key: 'k', fingerprint: 'other' }
  const others = [
    watch('duplicate', store.report([{ task: 2, lease: null, result: 12 }])),
    watch('repeat', store.submit(submissionOf('8*8', 100, { idempotency }))),
    watch('conflict', store.submit(submissionOf('8*8', 100, { idempotency: other }))),
    watch('find', store.find(2)),
    watch('operations', store.findOperations(2)),
    watch('list', store.list({})),
    watch('load', store.load()),
    watch('cancel', store.cancel(2)),
    watch('renew', store.renew([{ task: 2, lease: '' }])),
    watch('release', store.release([{ task: 2, lease: '' }])),
    watch('expire', store.expire()),
    watch('claim', store.claim(claimBy()))
  ]
  await settled()
  t.same(answered, [])
  release()
  await Promise.all([first, submit, ...others])
  t.equal(answered.length, 14)
})

test('watchers are notified of nothing that is not on disk', async t => {
  const { store, disk } = await open(t)
  const changes: Change[] = []
  store.watch(change => changes.push(change))
  const release = disk.hold('sync')
  const submitted = store.submit(submissionOf('8*8'))
  await settled()
  t.same(changes, [])
  release()
  await submitted
  t.match(changes, [{ type: 'ready' }])
})

test('verbs of one turn share one sync; claims, and reads of what is on disk, need none', async t => {
  const { store, disk } = await open(t)
  const syncs = (): number => disk.count('sync')
  let before = syncs()
  await Promise.all(Array.from({ length: 50 }, () => store.submit(submissionOf('1+1'))))
  t.equal(syncs() - before, 1)
  before = syncs()
  await store.claim(claimBy('many', 20))
  await Promise.all([store.list({}), store.find(1), store.findOperations(2), store.load(), store.expire()])
  await store.report([{ task: 1, lease: null, result: 3 }])
  t.equal(syncs() - before, 0)
  const lost = await openOn(createFaultyDisk(powerLoss(disk.image(), FATES.lost)))
  t.equal((await lost.store.claim(claimBy('many', 100))).length, 50, 'a power loss forgets the claims, no more')
  const killed = await openOn(createFaultyDisk(disk.image()))
  t.equal((await killed.store.claim(claimBy('many', 100))).length, 30, 'a SIGKILL keeps them')
})

test('on a full disk changes are refused and reads go on, and the files are read again once', async t => {
  const scene = await open(t)
  const { store, disk, clock, faults } = scene
  disk.setRoom(0)
  await t.rejects(store.submit(submissionOf('1+1')), unavailable)
  t.same(await statuses(store), ['completed', 'in_progress'])
  const reads = disk.reads
  for (let second = 0; second < 100; second++) {
    for (const change of await Promise.allSettled([
      store.submit(submissionOf('1+1')), store.report([{ task: 2, lease: null, result: 12 }]), store.cancel(2),
      store.claim(claimBy()), store.release([]), store.retrieve(1), store.expire()
    ])) t.match(change, { status: 'rejected', reason: unavailable })
    t.same(await statuses(store), ['completed', 'in_progress'])
    t.match(await store.find(1), { result: 3 })
    await repaired(scene)
  }
  t.equal(disk.reads, reads, 'nothing was read again')
  t.equal(faults.length, 1, 'it is reported once')
  t.notOk(store.serves())
  t.equal(clock.timers, 1)

  disk.setRoom(Infinity)
  await repaired(scene)
  t.equal(scene.recoveries(), 1)
  t.ok(store.serves())
  t.equal((await store.submit(submissionOf('1+1'))).id, 3)
  t.same(Object.keys(filesOf(disk.image())), [PATH, segmentAt(1)].sort(), 'no probe is left')
})

test('on a full disk heartbeats are answered, and afterwards leases are granted again in full', async t => {
  const scene = await open(t)
  const { store, disk, clock } = scene
  const task = (await store.findOperations(2))!.tasks[0]!
  disk.setRoom(0)
  await t.rejects(store.submit(submissionOf('1+1')), unavailable)
  t.same(await store.renew([{ task: 2, lease: task.lease! }]), ['accepted'])
  clock.advance(10 * 60_000)
  await settled()
  disk.setRoom(Infinity)
  await repaired(scene)
  await store.expire()
  t.match((await store.findOperations(2))!.tasks[0], { state: 'leased', attempts: 1, lease: task.lease })
})

test('after a large group found no room, changes are refused until a group of that size would fit', async t => {
  const scene = await open(t)
  const { store, disk } = scene
  const large = submissionOf(Array.from({ length: 60_000 }, () => '1.5').join('+'))
  disk.setRoom(1.2 * 1024 ** 2)
  await t.rejects(store.submit(large), unavailable)
  await repaired(scene)
  t.notOk(store.serves())
  t.same(await statuses(store), ['completed', 'in_progress'])
  disk.setRoom(16 * 1024 ** 2)
  await repaired(scene)
  t.equal((await store.submit(large)).id, 3)
})

test('files that are deleted or moved are noticed before anything more is acknowledged', async t => {
  const away: ReadonlyArray<(disk: FaultyDisk) => Promise<void>> = [
    disk => disk.remove(segmentAt(1)),
    disk => disk.rename(segmentAt(1), '/elsewhere/longhand.journal'),
    async disk => {
      await disk.remove(segmentAt(1))
      await (await disk.create(segmentAt(1))).close()
    }
  ]
  for (const remove of away) {
    const { store, disk, faults } = await open(t)
    await remove(disk)
    await t.rejects(store.submit(submissionOf('5*5')), unavailable)
    t.match(faults, [{ error: { message: /^\/data\/longhand\.\d+\.journal was deleted or moved away/ }, fatal: true }])
    await t.rejects(store.list({}), unavailable, 'and it serves no more')
    await store.close()
    t.equal(disk.open, 0)
  }
})

test('a store whose journal was changed, or whose lock was lost, acknowledges nothing more', async t => {
  const losses: ReadonlyArray<readonly [RegExp, (disk: FaultyDisk) => Promise<void>]> = [
    [/journal was truncated or written to/, async disk => (await disk.reopen(segmentAt(1), 20, 20)).close()],
    [/journal was truncated or written to/, async disk => {
      const { length } = filesOf(disk.image())[segmentAt(1)]!
      const file = await disk.reopen(segmentAt(1), length, length)
      await file.append(Buffer.from('more\n'))
      await file.close()
    }],
    [/lock .* was deleted, replaced or taken over/, async disk => disk.loseLock()]
  ]
  for (const [message, lose] of losses) {
    for (const act of [
      async (store: Store): Promise<unknown> => store.submit(submissionOf('5*5')),
      // An agent gets an answer to a claim without a sync, too.
      async (store: Store): Promise<unknown> => store.claim(claimBy())
    ]) {
      const { store, disk, faults } = await open(t)
      await store.submit(submissionOf('6*6'))
      await lose(disk)
      const image = disk.image()
      await t.rejects(act(store), unavailable)
      t.match(faults, [{ error: { name: 'OwnershipError', message }, fatal: true }])
      await t.rejects(store.list({}), unavailable, 'and it serves no more')
      await store.close()
      t.equal(disk.open, 0)
      t.same(filesOf(disk.image()), filesOf(image), 'nor does it touch the files')
    }
  }
})

test('a lock that is lost while a group is written is noticed before the group is acknowledged', async t => {
  const { store, disk, faults } = await open(t)
  const release = disk.hold('sync')
  const submitted = store.submit(submissionOf('5*5'))
  await settled()
  disk.loseLock()
  release()
  await t.rejects(submitted, unavailable)
  t.match(faults, [{ error: { name: 'OwnershipError' }, fatal: true }])
  await store.close()
  t.equal((await (await openOn(createFaultyDisk(disk.image()))).store.list({})).length, 2, 'it does not turn up later')
})

test('a store that has lost its lock replaces no snapshot, neither when idle nor when closed', async t => {
  for (const act of [idle, (scene: FaultyScene) => scene.store.close()]) {
    const scene = await open(t)
    scene.disk.loseLock()
    const image = scene.disk.image()
    await act(scene)
    t.same(filesOf(scene.disk.image()), filesOf(image))
    t.match(scene.faults, [{ error: { name: 'OwnershipError' }, fatal: true }])
  }
})
