import { readFileSync, readdirSync } from 'node:fs'
import { test } from 'tap'
import type { Transition } from '../../../src/core/queue/transition.js'
import type { Store } from '../../../src/core/store.js'
import { recover } from '../../../src/store/file/recover.js'
import { JOURNAL_FORMAT } from '../../../src/store/file/segment.js'
import { createManualClock } from '../../manual-clock.js'
import { RULES, submissionOf } from '../fixture.js'
import { FATES, createFaultyDisk, filesOf, imageOf, powerLoss } from './faulty-disk.js'
import { PATH, findAll, openOn, segmentAt } from './scene.js'

/** The files in `version-1`, which its `make.ts` has written. */
const FILES = Object.fromEntries(readdirSync(new URL('./version-1', import.meta.url))
  .filter(name => !name.endsWith('.ts'))
  .map(name => [`/data/${name}`, readFileSync(new URL(`./version-1/${name}`, import.meta.url))]))

const JOURNAL = Object.entries(FILES).filter(([path]) => path !== PATH).map(([, data]) => data.toString()).join('')
const LEASE = /"lease":"([\w-]{12}~attempt\.16)"/.exec(JOURNAL)![1]!

/** The store a minute after the process that wrote the files was killed. */
async function open (disk = createFaultyDisk(imageOf(FILES))): Promise<Store> {
  const clock = createManualClock(Date.UTC(2026, 0, 1, 0, 2, 4))
  return (await openOn(disk, { clock, rules: { ...RULES, leaseMs: 1_000 } })).store
}

test('the files of version 1 have each state of an expression and each kind of transition', async t => {
  const kinds = new Set([...JOURNAL.matchAll(/"do":"(\w+)"/g)].map(([, kind]) => kind))
  t.same([...kinds].sort(), [
    'cancel', 'claim', 'complete', 'fail', 'forget', 'release', 'retrieve', 'retry', 'start', 'submit', 'suspend'
  ])
  const { expressions } = JSON.parse(FILES[PATH]!.toString()) as { expressions: Array<{ status: string }> }
  t.same(expressions.map(({ status }) => status), ['completed', 'failed', 'failed', 'cancelled', 'in_progress'])
})

test('a store of version 1 is read as it was', async t => {
  const store = await open()
  t.same(store.recovered, { expressions: 7, unfinished: 2, leases: 1 })
  t.match(await findAll(store), [
    { id: 5, source: '1+1+2^3', status: 'in_progress', operations: { completed: 1 } },
    {
      id: 6,
      source: '2+2*3',
      status: 'completed',
      result: 8,
      createdAt: 1767225661000,
      finishedAt: 1767225661000,
      updatedAt: 1767225661000,
      retrievedAt: 1767225662000
    },
    { id: 7, status: 'failed', error: { code: 'division_by_zero', position: 1, length: 1, operation: { id: 11 } } },
    { id: 8, status: 'failed', error: { code: 'no_paper', message: 'No paper', agents: ['worker'] } },
    { id: 9, status: 'cancelled' },
    { id: 10, source: '2+1+2^3', status: 'in_progress', operations: { completed: 0 } },
    { id: 11, status: 'completed', result: 42, operations: { total: 0 } }
  ])
  t.match((await store.findOperations(5))!.tasks, [
    {
      state: 'overdue',
      attempts: 2,
      agent: 'second',
      endedAttempts: [
        { attempt: 1, agent: 'first', lease: null, claimedAt: null, endedAt: null, outcome: 'expired' },
        { attempt: 2, agent: 'second', claimedAt: 1767225601000, endedAt: 1767225664000, outcome: 'expired' }
      ]
    },
    { state: 'completed', value: 8, endedAttempts: [{ attempt: 1, agent: 'own', outcome: 'released' }] },
    { state: 'waiting', missing: 1 }
  ])
  const endedAttempts = [
    { attempt: 1, agent: 'third', outcome: 'released' }, { attempt: 1, agent: 'own', outcome: 'expired' }
  ]
  const leased = { state: 'leased', lease: LEASE, agent: 'third', endedAttempts }
  t.match((await store.findOperations(10))!.tasks, [{ state: 'overdue' }, leased, { state: 'waiting' }])
})

test('a store of version 1 goes on: leases, late results, idempotency keys, ids', async t => {
  const disk = createFaultyDisk(imageOf(FILES))
  const store = await open(disk)
  t.same(await store.renew([{ task: 15, lease: LEASE }]), ['accepted'])
  t.same(await store.report([
    { task: 15, lease: LEASE, result: 8 }, { task: 14, lease: null, result: 3 }, { task: 16, lease: null, result: 11 }
  ]), ['accepted', 'accepted', 'accepted'])
  const idempotency = { key: 'key 2', fingerprint: 'fingerprint 2' }
  t.match(await store.submit(submissionOf('2+2*3', 100, { idempotency })), { id: 6 })
  const { id } = await store.submit(submissionOf('1+1'))
  t.match(await store.findOperations(id), { expression: { id: 12 }, firstTask: 17 })
  const list = await store.list({})
  t.match(list[5], { id: 10, status: 'completed', result: 11 })

  t.same(await (await open(createFaultyDisk(disk.image()))).list({}), list, 'after a kill')
  await store.close()
  t.same(await (await open(disk)).list({}), list, 'after a stop')
})

test('a journal of an older version is upgraded, and its lines never mix with newer ones', async t => {
  const change = (old: Transition): Transition => old.do === 'complete' ? { ...old, value: 80 } : old
  const format = { ...JOURNAL_FORMAT, version: 3, upgrades: new Map([...JOURNAL_FORMAT.upgrades, [2, change]]) }
  const disk = createFaultyDisk(imageOf(FILES))
  const versions = (files = filesOf(disk.image())): number[] => Object.keys(files).filter(path => path !== PATH).sort()
    .map(path => (JSON.parse(files[path]!.toString().split('\n')[0]!) as { version: number }).version)
  for (let start = 0; start < 2; start++) {
    const { file, ledger, first, last, size } = await recover({ disk, path: PATH }, format)
    t.match(ledger.find(6), { status: 'completed', result: 80 }, 'one line is upgraded once')
    t.equal(first, last + 1)
    t.equal(size, filesOf(disk.image())[segmentAt(first)]!.length)
    await file.close()
    t.same(versions(), [1, 3])
  }
  for (const { before } of disk.steps) {
    for (const image of [before, ...Object.values(FATES).map(fate => powerLoss(before, fate))]) {
      const { ledger } = await recover({ disk: createFaultyDisk(image), path: PATH }, format)
      if (ledger.find(6)?.result !== 80) t.fail('a crash meanwhile is no harm')
    }
  }
})

test('a bit that changes anywhere in the files of version 1 stops the start', async t => {
  for (const [path, data] of Object.entries(FILES)) {
    for (let place = 0; place < data.length; place++) {
      const changed = Buffer.from(data)
      changed[place]! ^= 1 << (place % 8)
      const disk = createFaultyDisk(imageOf({ ...FILES, [path]: changed }), { isInstant: true })
      const error = await open(disk).then(() => null, error => error as Error)
      if (error?.name !== 'CorruptionError') t.fail(`${path}, byte ${place}: ${error}`)
    }
  }
  t.same(Object.keys(filesOf(imageOf(FILES))).length, 2, 'every byte of both was tried')
})
