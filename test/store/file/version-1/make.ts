/**
 * Makes the fixture of a version: the files of a store with a calculation in each state, and a journal with each kind
 * of transition. They were made once, by the first build that wrote this version, and stay as they are. For a new
 * version, copy this to a folder beside this one and run it there: `npx tap run test/store/file/version-2/make.ts`.
 */
import { writeFileSync } from 'node:fs'
import { basename } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { ClaimedTask, Store } from '../../../../src/core/store.js'
import { createManualClock } from '../../../manual-clock.js'
import { RULES, answer, claimBy, submissionOf } from '../../fixture.js'
import { createFaultyDisk, filesOf } from '../faulty-disk.js'
import { openOn } from '../scene.js'

const disk = createFaultyDisk()
const clock = createManualClock()
let attempts = 0

async function open (): Promise<Store> {
  const rules = { ...RULES, leaseMs: 1_000, retain: 5 }
  return (await openOn(disk, { clock, rules, newLease: () => `attempt.${++attempts}` })).store
}

async function claim (store: Store, agent: string): Promise<ClaimedTask> {
  const [task] = await store.claim(claimBy(agent))
  return task!
}

async function complete (store: Store, agent = 'worker'): Promise<void> {
  const task = await claim(store, agent)
  await store.report([{ task: task.id, lease: task.lease, result: answer(task) }])
}

async function fail (store: Store, agent: string, retryable: boolean): Promise<void> {
  const { id, lease } = await claim(store, agent)
  await store.report([{ task: id, lease, error: { code: 'no_paper', message: 'No paper', retryable } }])
}

/** Expressions whose sources begin with `n`: completed and retrieved, failed twice, cancelled, retried, leased. */
async function live (store: Store, n: number): Promise<void> {
  const idempotency = { key: `key ${n}`, fingerprint: `fingerprint ${n}` }
  const { id } = await store.submit(submissionOf(`${n}+2*3`, 100, { idempotency }))
  await complete(store)
  await complete(store)
  clock.advance(1_000)
  await store.retrieve(id)
  await store.submit(submissionOf(`${n}/0`))
  await store.submit(submissionOf(`${n}-1`))
  await fail(store, 'worker', false)
  const cancelled = await store.submit(submissionOf(`${n}*7`))
  await store.cancel(cancelled.id)
  await store.submit(submissionOf(`${n}+1+2^3`))
  await fail(store, 'first', true)
  await claim(store, 'second')
  const given = await claim(store, 'third')
  await store.release([{ task: given.id, lease: given.lease }])
  await store.claim({ ...claimBy('own'), local: true })
}

const first = await open()
await live(first, 1)
await first.close()
clock.advance(60_000)
const second = await open()
// The task that the first process leased to its own agent.
await complete(second)
await live(second, 2)
clock.advance(2_000)
await second.expire()
await second.submit(submissionOf('42'))
await claim(second, 'third')
await second.claim({ ...claimBy('own'), local: true })

for (const [path, data] of Object.entries(filesOf(disk.image()))) {
  writeFileSync(fileURLToPath(new URL(basename(path), import.meta.url)), data)
}
