import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'tap'
import { compact } from '../../../src/store/file/compaction-job.js'
import { compactInWorker } from '../../../src/store/file/compaction-runner.js'
import { systemClock } from '../../../src/system/clock.js'
import { createCompaction } from '../../../src/store/file/compaction.js'
import { realDisk } from '../../../src/store/file/disk.js'
import { openFileStore } from '../../../src/store/file/index.js'
import type { Journal } from '../../../src/store/file/journal.js'
import { recover } from '../../../src/store/file/recover.js'
import { createLeaseTokens } from '../../../src/store/lease-tokens.js'
import { createManualClock } from '../../manual-clock.js'
import { RULES, claimBy, submissionOf, workOff } from '../fixture.js'
import { createFaultyDisk, filesOf, imageOf } from './faulty-disk.js'
import { PATH, contents, openOn, segmentAt, settled } from './scene.js'

const MiB = 1024 * 1024

/** A compaction of a journal that has a size and no lines. */
function scheduled () {
  const clock = createManualClock()
  const journal = { last: 10, size: 100, rotated: 0 }
  const compacted: number[] = []
  const faults: unknown[] = []
  const retries: number[] = []
  let finish: { resolve: () => void, reject: (error: unknown) => void } | null = null
  const compaction = createCompaction({
    clock,
    journal: {
      get last () { return journal.last },
      get size () { return journal.size },
      rotate: async () => {
        journal.size = 100
        return journal.last
      }
    } as Journal,
    snapshotLast: 10,
    dueBytes: 32 * MiB,
    compact: async (last, signal) => {
      compacted.push(last)
      await new Promise<void>((resolve, reject) => {
        finish = { resolve, reject }
        signal.addEventListener('abort', () => reject(signal.reason))
      })
    },
    onFailure: (error, retryMs) => {
      faults.push(error)
      retries.push(retryMs)
    }
  })
  const mutate = (bytes = 100): void => {
    journal.last++
    journal.size += bytes
    compaction.consider()
  }
  return {
    clock,
    compaction,
    mutate,
    compacted,
    faults,
    retries,
    async finish (error?: Error) {
      await settled(2)
      if (error === undefined) finish!.resolve()
      else finish!.reject(error)
      await settled(2)
    }
  }
}

test('a snapshot is made when nothing changes for a while, and only then', async t => {
  const { clock, mutate, compacted, finish } = scheduled()
  mutate()
  for (let second = 0; second < 30; second++) {
    clock.advance(1_000)
    mutate()
  }
  t.same(compacted, [])
  t.equal(clock.timers, 1)
  clock.advance(10_000)
  await finish()
  t.same(compacted, [41])
  t.equal(clock.timers, 0, 'an idle server has no timer')
  clock.advance(3_600_000)
  await settled(2)
  t.same(compacted, [41], 'nothing has changed')
})

test('reads make no snapshot', async t => {
  const { clock, compaction, compacted } = scheduled()
  compaction.consider()
  t.equal(clock.timers, 0)
  clock.advance(60_000)
  await settled(2)
  t.same(compacted, [])
})

test('a large journal is compacted at once, though the server is busy, one compaction at a time', async t => {
  const { mutate, compacted, finish, clock } = scheduled()
  mutate(31 * MiB)
  await settled(2)
  t.same(compacted, [])
  mutate(MiB)
  await settled(2)
  t.same(compacted, [12])
  mutate(40 * MiB)
  await settled(2)
  t.same(compacted, [12])
  await finish()
  t.same(compacted, [12, 13], 'the next right after it')
  await finish()
  t.equal(clock.timers, 0)
})

test('after a failure the next attempt comes a minute later, busy or idle', async t => {
  for (const bytes of [33 * MiB, 10]) {
    const { mutate, compacted, finish, clock, faults } = scheduled()
    mutate(bytes)
    clock.advance(5_000)
    await settled(2)
    t.equal(compacted.length, 1)
    await finish(new Error('no room'))
    t.match(faults, [{ message: 'no room' }])
    mutate(bytes)
    clock.advance(59_000)
    mutate(bytes)
    await settled(2)
    t.equal(compacted.length, 1)
    clock.advance(10_000)
    mutate(bytes)
    clock.advance(10_000)
    await settled(2)
    t.equal(compacted.length, 2)
    await finish()
    t.equal(faults.length, 1)
  }
})

test('each failure doubles the time until the next attempt, up to 16 minutes, until one succeeds', async t => {
  const { mutate, finish, clock, retries } = scheduled()
  mutate(33 * MiB)
  for (const minutes of [1, 2, 4, 8, 16, 16]) {
    await finish(new Error('no room'))
    t.equal(retries.at(-1), minutes * 60_000)
    clock.advance(minutes * 60_000)
    mutate(33 * MiB)
  }
  await finish()
  mutate(33 * MiB)
  await finish(new Error('no room'))
  t.equal(retries.at(-1), 60_000)
})

test('a compaction that does not end is aborted after its limit, and the next one is tried', async t => {
  const { mutate, compacted, clock, faults, finish } = scheduled()
  mutate(32 * MiB)
  await settled(2)
  clock.advance(10 * 60_000)
  await settled(2)
  t.match(faults, [{ message: 'The snapshot was not finished within 10 minutes' }])
  clock.advance(60_000)
  await finish()
  t.equal(compacted.length, 2)
})

test('stopping aborts the compaction that is under way, which is no fault, and starts no more', async t => {
  const { compaction, mutate, compacted, faults, clock } = scheduled()
  mutate(32 * MiB)
  await settled(2)
  await compaction.stop()
  t.same(faults, [])
  mutate(64 * MiB)
  clock.advance(60_000)
  await settled(2)
  t.equal(compacted.length, 1)
  t.equal(clock.timers, 0)

  const idle = scheduled()
  idle.mutate()
  await idle.compaction.stop()
  t.equal(idle.clock.timers, 0)
})

/** A store's files right after a rotation: one closed segment, and a new one with a line. */
async function rotated () {
  const disk = createFaultyDisk()
  const { store, clock, snapshotFaults } = await openOn(disk)
  await store.submit(submissionOf('1+2'))
  await store.submit(submissionOf('(3+4)*5'))
  await store.claim({ ...claimBy(), local: true })
  disk.fail('read', { code: 'EIO' })
  for (let round = 0; round < 2; round++) {
    clock.advance(5_000)
    await settled()
  }
  must(snapshotFaults.length === 1)
  await store.cancel(1)
  const files = filesOf(disk.image())
  const paths = Object.keys(files).filter(path => path.endsWith('.journal'))
  must(paths.length === 2)
  return { files, last: Number(/(\d+)\.journal/.exec(paths[1]!)![1]) - 1, paths }
}

function must (holds: boolean): void {
  if (!holds) throw new Error('the scene is not as it should be')
}

test('a compaction changes nothing but where the lines are', async t => {
  const { files, last, paths } = await rotated()
  const before = await recover({ disk: createFaultyDisk(imageOf(files)), path: PATH })
  const disk = createFaultyDisk(imageOf(files))
  await compact({ disk, path: PATH }, last)
  const compacted = filesOf(disk.image())
  t.same(Object.keys(compacted).sort(), [PATH, paths[1]].sort())
  t.same(compacted[paths[1]!], files[paths[1]!], 'the segment that is being written is not touched')
  const after = await recover({ disk, path: PATH })
  t.same(contents(after.ledger), contents(before.ledger))
  t.equal(after.last, before.last)
  t.equal(after.snapshotLast, last)

  await compact({ disk, path: PATH }, last)
  t.same(filesOf(disk.image())[PATH], compacted[PATH], 'again, as after a failure at its end')
})

test('a compaction that finds corruption leaves all files as they are', async t => {
  const { files, last, paths } = await rotated()
  const [closed] = paths
  const flipped = Buffer.from(files[closed!]!)
  flipped[200]! ^= 1
  const { [PATH]: _, ...headless } = files
  const { [closed!]: __, ...gapped } = files
  const corruptions: ReadonlyArray<readonly [string, Record<string, Buffer>, RegExp]> = [
    ['a flipped bit', { ...files, [closed!]: flipped }, /^\/data\/.*journal, line \d+: /],
    ['a cut segment', { ...files, [closed!]: files[closed!]!.subarray(0, -1) }, /ends at line/],
    ['a missing segment', gapped, /missing/],
    ['a missing snapshot', headless, /disappeared/],
    ['a flipped snapshot', { ...files, [PATH]: Buffer.from('{}') }, /the end of the snapshot is missing/]
  ]
  for (const [name, corrupt, message] of corruptions) {
    const disk = createFaultyDisk(imageOf(corrupt))
    await t.rejects(compact({ disk, path: PATH }, last), { message }, name)
    t.same(filesOf(disk.image()), corrupt)
    t.equal(disk.open, 0)
  }
})

test('a compaction runs in a thread of its own, on the real disk', async t => {
  const folder = join(t.testdir(), 'data')
  const path = join(folder, 'longhand.json')
  const clock = createManualClock()
  const faults: unknown[] = []
  const inThread = compactInWorker(path, systemClock)
  let report = (): void => {}
  const made = new Promise<void>(resolve => { report = resolve })
  const store = await openFileStore({
    path,
    clock,
    rules: RULES,
    newLease: createLeaseTokens(),
    onFault: error => { faults.push(error) },
    onSnapshotFault: error => { faults.push(error) },
    compact: async (last, signal) => {
      await inThread(last, signal)
      report()
    }
  })
  await store.submit(submissionOf('(1+2)*(3+4)'))
  await workOff(store)
  clock.advance(5_000)
  await settled(1)
  clock.advance(5_000)
  await made
  t.same(faults, [])
  await store.submit(submissionOf('8*9'))
  const names = (await realDisk.names(folder)).filter(name => !name.includes('.lock'))
  t.equal(names.length, 2, 'the snapshot, and a new segment')
  t.notOk(names.includes(segmentAt(1).split('/').at(-1)!))
  // The journal itself is locked, the copy is not.
  const copy = join(t.testdirName, 'copy')
  cpSync(folder, copy, { recursive: true })
  const recovered = await recover({ disk: realDisk, path: join(copy, 'longhand.json') })
  t.match(recovered.ledger.list({}), [{ result: 21 }, { source: '8*9' }])
  await recovered.file.close()
  await store.close()
})
