import { readFileSync, readdirSync } from 'node:fs'
import { test } from 'tap'
import { attemptsOf } from '../../../src/core/queue/attempts.js'
import type { Store } from '../../../src/core/store.js'
import { compact } from '../../../src/store/file/compaction-job.js'
import { recover } from '../../../src/store/file/recover.js'
import { ledgerOf, openSnapshot } from '../../../src/store/file/snapshot.js'
import { createManualClock } from '../../manual-clock.js'
import { RULES } from '../fixture.js'
import { createFaultyDisk, imageOf } from './faulty-disk.js'
import { PATH, contents, openOn } from './scene.js'

/** The files in `version-2`, which its `make.ts` has written. */
const FILES = Object.fromEntries(readdirSync(new URL('./version-2', import.meta.url))
  .filter(name => !name.endsWith('.ts'))
  .map(name => [`/data/${name}`, readFileSync(new URL(`./version-2/${name}`, import.meta.url))]))

async function open (disk = createFaultyDisk(imageOf(FILES))): Promise<Store> {
  const rules = { ...RULES, leaseMs: 1_000, attempts: 3 }
  return (await openOn(disk, { clock: createManualClock(Date.UTC(2026, 0, 1, 0, 5)), rules })).store
}

/** The attempts of the first operation of each expression: the own one with its agent, then the others. */
async function storyOf (store: Store): Promise<unknown[]> {
  const list = await store.list({})
  return Promise.all(list.map(async ({ id }) => {
    const task = (await store.findOperations(id))!.tasks[0]!
    const { own, earlier } = attemptsOf(task)
    const ownStory = own === null ? null : [own.attempt, task.agent, own.outcome]
    return [ownStory, ...earlier.map(({ attempt, agent, outcome }) => [attempt, agent, outcome])]
  }))
}

/** What each half of the fixture has: in the snapshot, and in the journal. */
const LIVE = [
  [[1, 'usual', 'completed']],
  [[2, 'late', 'completed'], [1, 'failed', 'failed'], [2, 'released', 'released']],
  [[1, 'first', 'completed'], [2, 'second', 'cancelled']],
  [null, [1, 'taken', 'cancelled']],
  [[3, 'three', 'failed'], [1, 'one', 'failed'], [2, 'two', 'failed']],
  [[1, 'final', 'failed']],
  [[1, 'cancelled', 'cancelled']],
  [[3, 'c', 'expired'], [1, 'a', 'expired'], [2, 'b', 'expired']]
]

test('a store of version 2 has each way in which an attempt ends', async t => {
  const store = await open()
  const own = [null, [1, 'own', 'released']]
  t.strictSame(await storyOf(store), [...LIVE, ...LIVE, own])
  const { tasks: [failed] } = (await store.findOperations(5))!
  t.match(failed!.endedAttempts, [
    { message: 'No paper for one' }, { message: 'No paper for two' }, { message: 'No paper for three' }
  ])
  t.match(await store.find(8), { status: 'failed', error: { agents: ['a', 'b', 'c'] } })
})

test('a stop and a compaction keep the attempts as they are', async t => {
  const disk = createFaultyDisk(imageOf(FILES))
  const store = await open(disk)
  const before = await storyOf(store)
  await store.close()
  t.strictSame(await storyOf(await open(createFaultyDisk(disk.image()))), before)

  const { ledger, last } = await recover({ disk: createFaultyDisk(imageOf(FILES)), path: PATH })
  const compacted = createFaultyDisk(imageOf(FILES))
  await compact({ disk: compacted, path: PATH }, last)
  const snapshot = openSnapshot(compacted, PATH)
  await snapshot.read()
  t.strictSame(contents(ledgerOf(snapshot.data!)), contents(ledger))
})
