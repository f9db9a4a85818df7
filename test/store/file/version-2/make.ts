/**
 * Makes the fixture of a version: the files of a store with a task for each way in which attempts end and results are
 * attributed, in the snapshot and in the journal. They were made once, by the first build that wrote this version, and
 * stay as they are; `version-1/make.ts` tells how to make those of a new version.
 */
import { writeFileSync } from 'node:fs'
import { basename } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { ClaimedTask, Store } from '../../../../src/core/store.js'
import { createManualClock } from '../../../manual-clock.js'
import { RULES, claimBy, submissionOf } from '../../fixture.js'
import { createFaultyDisk, filesOf } from '../faulty-disk.js'
import { openOn } from '../scene.js'

const disk = createFaultyDisk()
const clock = createManualClock()
let attempts = 0

async function open (): Promise<Store> {
  const rules = { ...RULES, leaseMs: 1_000, attempts: 3 }
  return (await openOn(disk, { clock, rules, newLease: () => `attempt.${++attempts}` })).store
}

async function claim (store: Store, agent: string, local = false): Promise<ClaimedTask> {
  const [task] = await store.claim({ ...claimBy(agent), local })
  clock.advance(10)
  return task!
}

async function fail (store: Store, agent: string, retryable: boolean): Promise<ClaimedTask> {
  const task = await claim(store, agent)
  const error = { code: 'no_paper', message: `No paper for ${agent}`, retryable }
  await store.report([{ task: task.id, lease: task.lease, error }])
  return task
}

async function lose (store: Store, agent: string): Promise<ClaimedTask> {
  const task = await claim(store, agent)
  clock.advance(5_000)
  await store.expire()
  return task
}

async function release (store: Store, agent: string): Promise<void> {
  const { id, lease } = await claim(store, agent)
  await store.release([{ task: id, lease }])
}

/** Expressions of one operation, each final before the next begins, and one that stays open. */
async function live (store: Store): Promise<void> {
  const submit = async () => store.submit(submissionOf('6*7'))
  const result = 42

  await submit()
  const usual = await claim(store, 'usual')
  await store.report([{ task: usual.id, lease: usual.lease, result }])

  await submit()
  await fail(store, 'failed', true)
  await release(store, 'released')
  const { id: late } = await lose(store, 'late')
  await store.report([{ task: late, lease: null, result }])

  await submit()
  const first = await lose(store, 'first')
  await claim(store, 'second')
  await store.report([{ task: first.id, lease: first.lease, result }])

  await submit()
  const { id: taken } = await claim(store, 'taken')
  await store.report([{ task: taken, lease: 'unknown', result }])

  await submit()
  for (const agent of ['one', 'two', 'three']) await fail(store, agent, true)
  await submit()
  await fail(store, 'final', false)
  const { id: cancelled } = await submit()
  await claim(store, 'cancelled')
  await store.cancel(cancelled)

  await store.submit(submissionOf('1+2*3'))
  for (const agent of ['a', 'b', 'c']) await lose(store, agent)
}

const first = await open()
await live(first)
await first.close()
clock.advance(60_000)
const second = await open()
// Ends the overdue task of the first process.
clock.advance(5_000)
await second.expire()
await live(second)
await second.submit(submissionOf('2+3'))
await claim(second, 'own', true)

for (const [path, data] of Object.entries(filesOf(disk.image()))) {
  writeFileSync(fileURLToPath(new URL(basename(path), import.meta.url)), data)
}
