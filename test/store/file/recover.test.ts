import { deepStrictEqual } from 'node:assert'
import { type Test, test } from 'tap'
import type { Store } from '../../../src/core/store.js'
import { JOURNAL_FORMAT, encodeHeader } from '../../../src/store/file/segment.js'
import { recover } from '../../../src/store/file/recover.js'
import { RULES, RUNS, answer, claimBy, submissionOf } from '../fixture.js'
import {
  type FaultyDisk, type Image, type Step,
  FATES, createFaultyDisk, createRandom, filesOf, imageOf, killedAt, powerLoss, randomFate
} from './faulty-disk.js'
import { PATH, contents, openOn, segmentAt, settled, storyOf } from './scene.js'

/** Something that was acknowledged after this many steps of the disk. */
interface Acknowledged {
  readonly steps: number
  readonly what: string
  /** Claims only: a power loss may take it back. */
  readonly isForgettable: boolean
  readonly isKept: (recovered: Recovered) => boolean
}

type Recovered = Awaited<ReturnType<typeof recover>>

/** Uses a store in all ways, some of them at the same time; returns everything that it acknowledged. */
async function useStore (disk: FaultyDisk): Promise<Acknowledged[]> {
  const { store, clock } = await openOn(disk)
  const acknowledged: Acknowledged[] = []
  const note = (what: string, isKept: Acknowledged['isKept'], isForgettable = false): void => {
    acknowledged.push({ steps: disk.steps.length, what, isForgettable, isKept })
  }
  const submit = async (source: string): Promise<void> => {
    const { id } = await store.submit(submissionOf(source))
    note(`${id}: ${source}`, ({ ledger }) => ledger.find(id)?.source === source)
  }
  const claim = async (max: number): Promise<void> => {
    for (const { id, expression, attempt } of await store.claim(claimBy('teller', max))) {
      note(`claim of ${id}`, ({ ledger }) => {
        const calculation = ledger.find(expression)
        return calculation !== undefined && calculation.tasks[id - calculation.firstTask]!.attempts >= attempt
      }, true)
    }
  }
  const work = async (): Promise<void> => {
    const [task] = await store.claim(claimBy('worker'))
    if (task === undefined) return
    const value = answer(task)
    await store.report([{ task: task.id, lease: task.lease, result: value }])
    note(`result of ${task.id}`, ({ ledger }) => {
      const calculation = ledger.find(task.expression)
      return calculation?.tasks[task.id - calculation.firstTask]?.value === value
    })
  }

  await submit('1+2')
  await Promise.all([submit('(3+4)*5'), submit('6*7-8'), claim(1), submit('9')])
  await claim(1)
  await claim(1)
  await Promise.all([work(), work(), submit('ä'.length + '/0')])
  await store.cancel(3)
  note('cancelled', ({ ledger }) => ledger.find(3)?.status === 'cancelled')
  clock.advance(20_000)
  await store.expire()
  const snapshot = settled()
  for (const source of ['10-1', '2*2*2']) await submit(source)
  await claim(2)
  await snapshot
  await Promise.all([work(), claim(1), submit('1+1+1')])
  // The last ones arrive while a group is being written, and the store is closed then.
  const early = submit('5*5')
  for (let turn = 0; turn < 2; turn++) await new Promise(resolve => setImmediate(resolve))
  await Promise.all([early, submit('6*6'), claim(2), store.close()])
  return acknowledged
}

/** Recovers what a crash has left; returns that, and what is left if the power goes away right then. */
async function recoverFrom (image: Image): Promise<{ recovered: Recovered, after: Image }> {
  const disk = createFaultyDisk(image, { isInstant: true })
  return { recovered: await recover({ disk, path: PATH }), after: powerLoss(disk.image(), FATES.lost) }
}

/** All that a recovery has to do right; throws where it does not. */
async function checkCrash ({ image, expected }: Crash, story: readonly unknown[]): Promise<number> {
  const { recovered, after } = await recoverFrom(image)
  isSame(contents(recovered.ledger), story[recovered.last], `not the state after line ${recovered.last}`)
  for (const { what, isKept } of expected) if (!isKept(recovered)) throw new Error(`lost: ${what}`)
  const again = (await recoverFrom(after)).recovered
  isSame(contents(again.ledger), story[recovered.last], 'a power loss after the recovery changed it')
  isSame(again.last, recovered.last, 'the last line')
  return recovered.last
}

/** Quick where all is well, and clear where it is not. */
function isSame (found: unknown, wanted: unknown, message: string): void {
  if (JSON.stringify(found) !== JSON.stringify(wanted)) throw new Error(message, { cause: [found, wanted] })
}

interface Crash {
  readonly name: string
  readonly image: Image
  readonly expected: readonly Acknowledged[]
}

async function tryAll (t: Test, crashes: Iterable<Crash>, story: readonly unknown[]): Promise<void> {
  const seen = new Set<number>()
  let failures = 0
  for (const crash of crashes) {
    if (failures === 5) break
    try {
      seen.add(await checkCrash(crash, story))
    } catch (error) {
      failures++
      t.error(error, crash.name)
    }
  }
  t.ok(seen.size > 10, `the crashes left ${seen.size} different ends`)
  t.ok(seen.has(0) && seen.has(story.length - 1), 'the first and the last among them')
}

test('the story of these tests has all that a disk does', async t => {
  const disk = createFaultyDisk()
  const acknowledged = await useStore(disk)
  for (const kind of ['create', 'write', 'sync', 'rename', 'remove', 'syncFolder'] as const) {
    t.ok(disk.count(kind) > 1, kind)
  }
  t.ok(acknowledged.length >= 20)
  t.ok(disk.count('rename') >= 3, 'a snapshot at first, one in between, one at the end')
  const { recovered } = await recoverFrom(disk.image())
  t.same(contents(recovered.ledger), storyOf(disk.steps).at(-1))
})

/** After how many bytes of a write to try a crash: at each end of a line, a byte to either side, and in between. */
function cutsOf ({ write }: Step): Set<number> {
  if (write === null) return new Set([0])
  const { data } = write
  const cuts = new Set([0, 1, data.length - 1, data.length])
  for (let end = data.indexOf('\n'); end !== -1; end = data.indexOf('\n', end + 1)) {
    for (const cut of [end, end + 1, end + 2, end + 40]) cuts.add(Math.min(cut, data.length))
  }
  return cuts
}

test('a SIGKILL at any step, and around any end of a line, loses nothing and replays nothing twice', async t => {
  const disk = createFaultyDisk()
  const acknowledged = await useStore(disk)
  function * crashes () {
    for (const [number, step] of disk.steps.entries()) {
      const expected = acknowledged.filter(({ steps }) => steps <= number)
      for (const bytes of cutsOf(step)) {
        yield { name: `${step.kind} ${number}, ${bytes} bytes`, image: killedAt(step, bytes), expected }
      }
    }
  }
  await tryAll(t, crashes(), storyOf(disk.steps))
})

test('a power loss at any step loses claims at most, whatever becomes of unsynced bytes', async t => {
  const disk = createFaultyDisk()
  const acknowledged = await useStore(disk)
  const random = createRandom(1)
  function * crashes () {
    for (const [number, step] of disk.steps.entries()) {
      const expected = acknowledged.filter(({ steps, isForgettable }) => steps <= number && !isForgettable)
      const { length } = step.write?.data ?? []
      for (const bytes of new Set([0, length >> 1, length])) {
        const image = killedAt(step, bytes)
        for (const [name, fate] of Object.entries(FATES)) {
          yield { name: `${step.kind} ${number}, ${name}`, image: powerLoss(image, fate), expected }
        }
        for (let round = 0; round < RUNS / 40; round++) {
          yield { name: `${step.kind} ${number}, by chance`, image: powerLoss(image, randomFate(random)), expected }
        }
      }
    }
  }
  await tryAll(t, crashes(), storyOf(disk.steps))
})

test('a power loss between a SIGKILL and the end of the recovery loses nothing that was found', async t => {
  const disk = createFaultyDisk()
  await useStore(disk)
  const story = storyOf(disk.steps)
  for (const [number, step] of disk.steps.entries()) {
    const image = killedAt(step, step.write?.data.length ?? 0)
    const second = createFaultyDisk(image, { isInstant: true })
    const { last } = await recover({ disk: second, path: PATH })
    for (const { before } of second.steps) {
      const { recovered } = await recoverFrom(powerLoss(before, FATES.kept))
      deepStrictEqual(contents(recovered.ledger), story[recovered.last])
      if (recovered.last < last) t.fail(`step ${number}: ${recovered.last}, and ${last} had been found`)
    }
  }
  t.pass('every step of every recovery was tried')
})

test('what is acknowledged after a crash survives a power loss, wherever the crash was', async t => {
  const disk = createFaultyDisk()
  await useStore(disk)
  const random = createRandom(2)
  for (const [number, step] of disk.steps.entries()) {
    const second = createFaultyDisk(killedAt(step, step.write?.data.length ?? 0), { isInstant: true })
    const { store } = await openOn(second)
    const { id } = await store.submit(submissionOf('11*11'))
    const list = await store.list({})
    for (const fate of [FATES.lost, FATES.kept, ...Array.from({ length: 5 }, () => randomFate(random))]) {
      const third = createFaultyDisk(powerLoss(second.image(), fate), { isInstant: true })
      const opened = await openOn(third).then(({ store }) => store.list({}), error => (error as Error).message)
      if (JSON.stringify(opened) !== JSON.stringify(list)) t.fail(`step ${number}: ${JSON.stringify(opened)}`)
    }
    if (list.at(-1)?.id !== id) t.fail(`step ${number}: ${id}`)
  }
  t.pass('every step was tried')
})

test('ids are not reused after crashes, though their expressions were deleted', async t => {
  const rules = { ...RULES, retain: 1 }
  let image: Image | undefined
  const ids: number[] = []
  for (let round = 0; round < 5; round++) {
    const disk = createFaultyDisk(image)
    const { store } = await openOn(disk, { rules })
    for (let count = 0; count < 3; count++) ids.push((await store.submit(submissionOf('7'))).id)
    image = powerLoss(disk.image(), FATES.lost)
  }
  t.same(ids, Array.from(ids, (_, index) => index + 1))
})

/** A store with a snapshot and an open segment, both with acknowledged lines. */
async function storedFiles (): Promise<Record<string, Buffer>> {
  const first = createFaultyDisk()
  const { store } = await openOn(first)
  await store.submit(submissionOf('1+2'))
  await store.close()
  const second = createFaultyDisk(first.image())
  const { store: again } = await openOn(second)
  await again.submit(submissionOf('3*4'))
  await again.claim(claimBy())
  await again.cancel(1)
  return filesOf(second.image())
}

/** The start is refused with a message that names a file, and changes nothing. */
async function refuses (t: Test, files: Record<string, Buffer>, message: RegExp, name = ''): Promise<void> {
  const error = await refusal(files)
  t.match(error, { name: 'CorruptionError', message }, name)
}

async function refusal (files: Record<string, Buffer>): Promise<Error | null> {
  const disk = createFaultyDisk(imageOf(files), { isInstant: true })
  const error = await openOn(disk).then(() => null, error => error as Error)
  if (disk.isLocked) throw new Error('the lock was not released')
  if (disk.open > 0) throw new Error('a file was left open')
  deepStrictEqual(filesOf(disk.image()), files, 'the files were changed')
  return error
}

test('a bit that changes anywhere in snapshot or journal stops the start, and the files stay as they are', async t => {
  const files = await storedFiles()
  t.equal(Object.keys(files).length, 2)
  for (const [path, data] of Object.entries(files)) {
    for (let place = 0; place < data.length; place++) {
      const changed = Buffer.from(data)
      changed[place]! ^= 1 << (place % 8)
      const error = await refusal({ ...files, [path]: changed })
      if (error?.name !== 'CorruptionError') t.fail(`${path}, byte ${place}: ${error}`)
      else if (!error.message.startsWith(path)) t.fail(`${path}, byte ${place}: ${error.message}`)
    }
  }
  t.pass('every byte was tried')
})

test('a snapshot that is cut anywhere stops the start', async t => {
  const files = await storedFiles()
  for (let size = 0; size < files[PATH]!.length; size++) {
    const error = await refusal({ ...files, [PATH]: files[PATH]!.subarray(0, size) })
    if (error?.name !== 'CorruptionError') t.fail(`${size} bytes: ${error}`)
  }
  t.pass('every size was tried')
})

test('files that are missing or do not belong together stop the start', async t => {
  const files = await storedFiles()
  const [segment] = Object.keys(files).filter(path => path !== PATH)
  const without = (...paths: string[]): Record<string, Buffer> =>
    Object.fromEntries(Object.entries(files).filter(([path]) => !paths.includes(path)))
  await refuses(t, without(PATH), new RegExp(`^${PATH}: the snapshot is missing, but ${segment} belongs to one`))
  await refuses(t, without(segment!), new RegExp(`^${PATH}: the journal from line \\d+ on is missing`))

  const other = await storedFiles()
  await refuses(t, { ...files, [PATH]: other[PATH]! }, new RegExp(`^${segment}, line 1: .*another store`))
  const { store } = JSON.parse(files[PATH]!.toString()) as { store: string }
  const name = Number(/(\d+)\.journal/.exec(segment!)![1])
  await refuses(t, { ...without(segment!), [segmentAt(name + 1)]: files[segment!]! }, /named for/)
  await refuses(t, { ...without(segment!), [segmentAt(name + 1)]: encodeHeader(store, name + 1) }, /lines \d+ to \d+ .* missing/)
  await refuses(t, { ...files, [segmentAt(name + 9)]: encodeHeader(store, name + 9) }, /lines \d+ to \d+ .* missing/)
})

test('the very first snapshot is missed as soon as there is a line', async t => {
  const disk = createFaultyDisk()
  const { store } = await openOn(disk)
  const { [PATH]: _, ...unused } = filesOf(disk.image())
  t.match(await openOn(createFaultyDisk(imageOf(unused))), { faults: [] }, 'there was nothing to lose yet')
  await store.submit(submissionOf('42'))
  const { [PATH]: __, ...used } = filesOf(disk.image())
  await refuses(t, used, new RegExp(`snapshot is missing, but ${segmentAt(1)} belongs to one`))
})

test('a snapshot that is lost right after a clean stop is missed, too', async t => {
  const disk = createFaultyDisk()
  const { store } = await openOn(disk)
  await store.submit(submissionOf('42'))
  await store.close()
  const { [PATH]: _, ...files } = filesOf(disk.image())
  t.same(Object.keys(files), [segmentAt(3)], 'all that is left is an empty segment')
  await refuses(t, files, /snapshot is missing/)
})

test('an empty or cut segment in the middle stops the start', async t => {
  const { files, first, second } = await threeSegments()
  for (const size of [0, 10, files[first]!.indexOf('\n') + 1, files[first]!.length - 1]) {
    await refuses(t, { ...files, [first]: files[first]!.subarray(0, size) }, /lines \d+ to \d+ before it are missing/, `${size}`)
  }
  const { [second]: _, ...rest } = files
  await refuses(t, rest, /lines \d+ to \d+ before it are missing/, 'none at all')
})

/** The files of a store that was repaired or restored, as the message says, and what it says to make beside them. */
function restored (files: Record<string, Buffer>): FaultyDisk {
  return createFaultyDisk(imageOf({ ...files, '/data/longhand.restored': '' }))
}

test('a repair reuses no id that may have been given, and accepts no result for lost tasks', async t => {
  const first = createFaultyDisk()
  const { store } = await openOn(first)
  await store.submit(submissionOf('1+2'))
  const { lease: kept } = (await store.claim(claimBy()))[0]!
  await store.submit(submissionOf('6*7'))
  const { lease: gone } = (await store.claim(claimBy()))[0]!
  const files = filesOf(first.image())
  const journal = files[segmentAt(1)]!
  const corrupt = Buffer.from(journal)
  corrupt[journal.indexOf('6*7')]! ^= 1
  const message = (await refusal({ ...files, [segmentAt(1)]: corrupt }))!.message
  const lines = Number(/keep only the (\d+) lines/.exec(message)![1])
  t.match(message, /make an empty file \/data\/longhand\.restored before/)

  const head = Buffer.from(journal.toString().split('\n').slice(0, lines).map(line => `${line}\n`).join(''))
  const disk = restored({ ...files, [segmentAt(1)]: head })
  const { store: again } = await openOn(disk)
  t.match(await again.list({}), [{ id: 1 }])
  t.match(await again.find(1), { source: '1+2' })
  const { id } = await again.submit(submissionOf('2*2'))
  t.ok(id > 1_000_000_000, `${id}`)
  const tasks = (await again.findOperations(id))!.firstTask
  t.ok(tasks > 1_000_000_000)
  t.same(await again.report([
    { task: 2, lease: gone, result: 42 }, { task: tasks, lease: gone, result: 42 }, { task: 1, lease: kept, result: 9 }
  ]), ['unknown', 'unknown', 'unknown'])
  t.match(await again.find(id), { status: 'pending' })
  t.notOk('/data/longhand.restored' in filesOf(disk.image()), 'the file is removed')

  const { store: later } = await openOn(createFaultyDisk(powerLoss(disk.image(), FATES.lost)))
  t.equal((await later.submit(submissionOf('1'))).id, id + 1, 'and no more is skipped then')
  await later.close()
})

test('a store that starts empty in place of a lost one begins with other ids', async t => {
  const disk = restored({})
  const { store } = await openOn(disk)
  t.ok((await store.submit(submissionOf('2*2'))).id > 1_000_000_000)
  t.notOk('/data/longhand.restored' in filesOf(disk.image()))
})

test('a restored store keeps the newest segment, though an empty one follows it in the copy', async t => {
  const files = await storedFiles()
  const [newest] = Object.keys(files).filter(path => path.endsWith('.journal')).sort().reverse()
  const lines = files[newest!]!.toString().split('\n').filter(line => line.startsWith('{"n":'))
  const next = segmentAt(JSON.parse(lines.at(-1)!).n + 1)
  const disk = restored({ ...files, [next]: Buffer.alloc(0) })
  const { store, faults } = await openOn(disk)
  t.ok((await store.submit(submissionOf('1'))).id > 1_000_000_000)
  t.same(faults, [])
  t.ok(newest! in filesOf(disk.image()))
})

test('a crash at any step of a start after a repair skips ids again at most', async t => {
  const files = await storedFiles()
  const disk = restored(files)
  await openOn(disk)
  for (const { before } of disk.steps) {
    for (const image of [before, ...Object.values(FATES).map(fate => powerLoss(before, fate))]) {
      const { store } = await openOn(createFaultyDisk(image, { isInstant: true }))
      t.equal((await store.submit(submissionOf('1'))).id % 1_000_000_000, 3)
      const [, second] = await store.list({})
      if ((await store.find(second?.id ?? 0))?.source !== '3*4') t.fail('something was lost')
    }
  }
})

/** Two closed segments that no snapshot includes, because the disk fails at snapshots, and the open one. */
async function threeSegments () {
  const disk = createFaultyDisk()
  const { store, clock } = await openOn(disk)
  for (let segment = 0; segment < 2; segment++) {
    await store.submit(submissionOf(`1+${segment}`))
    disk.fail('rename', { code: 'EIO' })
    clock.advance(5_000)
    await settled()
    clock.advance(60_000)
  }
  await store.submit(submissionOf('42'))
  const files = filesOf(disk.image())
  const [first, second, third] = Object.keys(files).filter(path => path.endsWith('.journal'))
  return { files, first: first!, second: second!, third: third! }
}

test('closed segments that no snapshot includes are replayed one after another', async t => {
  const { files, third } = await threeSegments()
  t.ok(third, 'there are three')
  const { recovered } = await recoverFrom(imageOf(files))
  t.same(recovered.ledger.list({}).map(({ id, source }) => [id, source]), [[1, '1+0'], [2, '1+1'], [3, '42']])
})

test('segments that the snapshot includes may exist or not', async t => {
  const { files, first, second, third } = await threeSegments()
  const disk = createFaultyDisk(imageOf(files))
  const { store } = await openOn(disk)
  await store.close()
  const later = filesOf(disk.image())
  t.notOk(later[first] ?? later[second] ?? later[third])
  for (const stale of [[first], [second], [third], [first, third], [first, second, third]]) {
    const removed = Object.fromEntries(stale.map(path => [path, files[path]!]))
    const { recovered } = await recoverFrom(imageOf({ ...later, ...removed }))
    t.equal(recovered.ledger.size, 3, String(stale))
  }
  const [newest] = Object.keys(later).filter(path => path !== PATH)
  const { [newest!]: _, ...rest } = later
  await refuses(t, { ...rest, [first]: files[first]! }, /the journal from line \d+ on is missing/, 'stale ones alone')
})

test('a closed segment of one line stays until a snapshot includes it', async t => {
  const disk = createFaultyDisk()
  const { store, clock } = await openOn(disk)
  const idle = async (): Promise<void> => {
    clock.advance(5_000)
    await settled()
  }
  await store.submit(submissionOf('1'))
  await idle()
  await store.submit(submissionOf('2'))
  disk.fail('rename', { code: 'EIO' })
  await idle()
  await store.submit(submissionOf('3'))
  let image = disk.image()
  for (let start = 0; start < 3; start++) {
    const next = createFaultyDisk(image)
    const { recovered } = await recoverFrom(image)
    t.equal(recovered.ledger.size, 3)
    await recover({ disk: next, path: PATH })
    image = next.image()
  }
})

test('a new segment that failed, and could not even be removed, does no harm', async t => {
  const disk = createFaultyDisk()
  const { store, clock, snapshotFaults } = await openOn(disk)
  await store.submit(submissionOf('1'))
  disk.fail('syncFolder', { code: 'EIO' })
  disk.fail('remove', { code: 'EIO' })
  clock.advance(5_000)
  await settled()
  t.equal(snapshotFaults.length, 1)
  await store.submit(submissionOf('2'))
  t.equal(Object.keys(filesOf(disk.image())).length, 3)
  const again = createFaultyDisk(disk.image())
  const second = await openOn(again)
  await second.store.submit(submissionOf('3'))
  t.equal((await recoverFrom(powerLoss(again.image(), FATES.lost))).recovered.ledger.size, 3)
  await second.store.close()
  t.equal(Object.keys(filesOf(again.image())).length, 2, 'and goes with the next snapshot')
  t.equal((await recoverFrom(again.image())).recovered.ledger.size, 3)
})

test('the remedy in the message works', async t => {
  const files = await storedFiles()
  const [segment] = Object.keys(files).filter(path => path !== PATH)
  const lines = files[segment!]!.toString().split('\n')

  await t.test('of a corrupt line', async t => {
    const corrupt = Buffer.from(files[segment!]!)
    corrupt[corrupt.length - 3]! ^= 1
    const error = await refusal({ ...files, [segment!]: corrupt })
    const line = Number(/line (\d+):/.exec(error!.message)![1])
    t.match(error!.message, new RegExp(`keep only the ${line - 1} lines of ${segment}`))
    const kept = Buffer.from(lines.slice(0, line - 1).join('\n') + '\n')
    const { recovered } = await recoverFrom(imageOf({ ...files, [segment!]: kept }))
    t.equal(recovered.ledger.find(1)?.status, 'in_progress', 'what stood before it is there')
  })

  await t.test('of a missing journal', async t => {
    const error = await refusal({ [PATH]: files[PATH]! })
    const [, path, line] = /write this line to (\S+) : (.+)$/m.exec(error!.message)!
    const { recovered } = await recoverFrom(imageOf({ [PATH]: files[PATH]!, [path!]: `${line}\n` }))
    t.equal(recovered.ledger.size, 1)
  })

  await t.test('of a corrupt snapshot', async t => {
    const error = await refusal({ ...files, [PATH]: Buffer.from('{}') })
    t.match(error!.message, /move the snapshot and all its journal segments away/)
    t.equal((await recoverFrom(imageOf({}))).recovered.ledger.size, 0)
  })
})

test('a journal of a newer format stops the start', async t => {
  const files = await storedFiles()
  const [segment] = Object.keys(files).filter(path => path !== PATH)
  const { length } = files[segment!]!.toString().split('\n')[0]!
  const version = JOURNAL_FORMAT.version + 1
  const newer = encodeHeader('a-store', 1, { ...JOURNAL_FORMAT, version })
  const data = Buffer.concat([newer, files[segment!]!.subarray(length + 1)])
  t.match(await refusal({ ...files, [segment!]: data }), {
    name: 'FormatError',
    message: new RegExp(`^${segment} was written by a newer version of Longhand \\(format ${version}; this`)
  })
})

test('after a failed sync, a new process makes durable what it found', async t => {
  const disk = createFaultyDisk()
  const { store, faults } = await openOn(disk)
  const { id } = await store.submit(submissionOf('1+2'))
  await store.claim(claimBy())
  disk.fail('sync', { code: 'EIO' })
  await t.rejects(store.report([{ task: 1, lease: null, result: 3 }]), { code: 'storage_unavailable' })
  t.match(faults, [{ fatal: true }])
  const second = createFaultyDisk(disk.image())
  const { store: again } = await openOn(second)
  const found = await inspect(again, id)
  t.equal(found.attempts, 1, 'the claim had been written before, and is still shown')
  const third = await openOn(createFaultyDisk(powerLoss(second.image(), FATES.lost)))
  t.same(await inspect(third.store, id), found, 'so it is on disk now')
})

async function inspect (store: Store, id: number) {
  const { tasks, expression } = (await store.findOperations(id))!
  return { status: expression.status, ...tasks[0]! }
}
