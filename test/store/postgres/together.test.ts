import pg from 'pg'
import { test } from 'tap'
import { createPlan } from '../../../src/core/plan/plan.js'
import type { ClaimedTask, Store } from '../../../src/core/store.js'
import { createManualClock } from '../../manual-clock.js'
import { RULES, answer, claimBy, submissionOf } from '../fixture.js'
import { join, until } from './scene.js'
import { startServer } from './server.js'

const server = await startServer()

/** Works until nothing is open, in batches, reporting and claiming in one call. */
async function workOff (store: Store, agent: string, max: number, seen: ClaimedTask[], open: () => Promise<boolean>) {
  let tasks: ClaimedTask[] = []
  for (;;) {
    const reports = tasks.map(task => ({ task: task.id, lease: task.lease, result: answer(task) }))
    const { outcomes, claimed } = await store.reportAndClaim(reports, claimBy(agent, max))
    if (outcomes.some(outcome => outcome !== 'accepted')) throw new Error(`not accepted: ${outcomes.join()}`)
    tasks = claimed
    seen.push(...tasks)
    if (tasks.length === 0 && !await open()) return
  }
}

/** An expression of this many levels, in which each operation has two others as operands, and its value. */
function tree (depth: number): { source: string, value: number } {
  if (depth === 0) return { source: '1', value: 1 }
  const { source, value } = tree(depth - 1)
  if (depth % 5 === 4) return { source: `(${source}-${source})`, value: 0 }
  return { source: `(${source}+${source})`, value: 2 * value }
}

test('two servers with many agents give each task once, and every result is right', async t => {
  const url = await server.createDatabase()
  const [one, other] = [await join(url), await join(url)]
  const wanted = new Map<number, number>()
  for (let count = 0; count < 20; count++) {
    const { source, value } = tree(3 + count % 4)
    wanted.set((await (count % 2 === 0 ? one : other).store.submit(submissionOf(source, 0))).id, value)
  }
  const seen: ClaimedTask[] = []
  const open = async (): Promise<boolean> => (await one.store.load()).openExpressions > 0
  await Promise.all([one, other].flatMap(({ store }) =>
    [1, 4, 16].map(max => workOff(store, `agent ${max}`, max, seen, open))))

  t.equal(new Set(seen.map(({ id }) => id)).size, seen.length, 'no task twice')
  t.equal(new Set(seen.map(({ lease }) => lease)).size, seen.length, 'no lease twice')
  const list = await other.store.list({})
  t.same(list.map(({ id, result }) => [id, result]), [...wanted])
  t.same([...one.faults, ...other.faults], [])
  await one.store.close()
  await other.store.close()
})

test('while two servers serve claims, no expression is further from its turn than two claims', async t => {
  const url = await server.createDatabase()
  const members = [await join(url), await join(url)]
  const rounds = 40
  for (let count = 0; count < members.length * rounds; count++) await members[0]!.store.submit(submissionOf('1+2'))
  const served: number[] = []
  for (let round = 0; round < rounds; round++) {
    const claims = await Promise.all(members.map(({ store }) => store.claim(claimBy())))
    served.push(...claims.flat().map(({ expression }) => expression))
  }
  t.equal(new Set(served).size, members.length * rounds, 'each was served')
  const displaced = served.map((id, turn) => Math.abs(id - (turn + 1)))
  t.ok(Math.max(...displaced) <= members.length, `${Math.max(...displaced)} claims`)
  for (const { store } of members) await store.close()
})

test('the two operands of an operation, reported at the same time, make it ready once', async t => {
  const url = await server.createDatabase()
  const members = [await join(url), await join(url)]
  for (let round = 0; round < 50; round++) {
    const { id } = await members[0]!.store.submit(submissionOf('(1+2)*(3-4)'))
    const tasks = await members[0]!.store.claim(claimBy('agent', 2))
    await Promise.all(tasks.map((task, index) =>
      members[index]!.store.report([{ task: task.id, lease: task.lease, result: answer(task) }])))
    const claimed = (await Promise.all(members.map(({ store }) => store.claim(claimBy())))).flat()
    t.match(claimed, [{ expression: id, symbol: '*', left: 3, right: -1 }])
    await members[1]!.store.report([{ task: claimed[0]!.id, lease: null, result: -3 }])
    t.match(await members[0]!.store.find(id), { status: 'completed', result: -3 })
  }
  for (const { store } of members) await store.close()
})

test('batches of reports in any order wait for one another and never deadlock', async t => {
  const url = await server.createDatabase()
  const members = [await join(url), await join(url)]
  // A wide tree, whose results are reported in batches that lock the same dependents in another order.
  const leaves = 256
  const operations = Array.from({ length: leaves }, (_, index) => ({ symbol: '+', left: index, right: 1, timeMs: 0 }))
  const sums = Array.from({ length: leaves - 1 }, (_, index) =>
    ({ symbol: '+', left: { of: 2 * index }, right: { of: 2 * index + 1 }, timeMs: 0 }))
  const plan = createPlan([...operations, ...sums], { of: 2 * leaves - 2 })
  await members[0]!.store.submit({ kind: 'expression', source: 'wide', plan })
  const seen: ClaimedTask[] = []
  const open = async (): Promise<boolean> => (await members[0]!.store.load()).openExpressions > 0
  await Promise.all(members.flatMap(({ store }) =>
    [7, 8, 9].map(max => workOff(store, 'agent', max, seen, open))))
  t.equal(seen.length, 2 * leaves - 1)
  t.match(await members[1]!.store.find(1), {
    result: leaves * (leaves + 1) / 2, operations: { completed: 2 * leaves - 1 }
  })
  t.same(members.flatMap(({ faults }) => faults), [])
  for (const { store } of members) await store.close()
})

test('a change on one server is announced on the other', async t => {
  const url = await server.createDatabase()
  const [one, other] = [await join(url), await join(url)]
  const { id } = await one.store.submit(submissionOf('6*7'))
  await until(() => other.changes.length > 0)
  t.same(other.changes, [{ type: 'ready', counts: new Map([['*', 1]]) }])
  await other.store.report([{ task: 1, lease: null, result: 42 }])
  await until(() => one.changes.some(({ type }) => type === 'final'))
  t.same(one.changes.at(-1), { type: 'final', id })
  t.equal(one.changes.length, 2, 'no server hears its own notifications')
  await one.store.close()
  await other.store.close()
})

test('any other payload on the channel only makes servers rescan', async t => {
  const url = await server.createDatabase()
  const { store, changes, faults } = await join(url)
  for (const payload of ['hello', '', '{"from":1}', '[]', 'null', '{"from":"x","ready":{"+":"many"},"final":[]}']) {
    changes.length = 0
    await server.query(url, 'SELECT pg_notify($1, $2)', ['longhand', payload])
    await until(() => changes.length > 0)
    t.same(changes, [{ type: 'missed' }], payload)
  }
  t.same(faults, [])
  await store.close()
})

test('collected notifications are sent before the store closes', async t => {
  const url = await server.createDatabase()
  const [one, other] = [await join(url), await join(url)]
  const { id } = await one.store.submit(submissionOf('1+2'))
  await one.store.cancel(id)
  await one.store.close()
  await until(() => other.changes.some(change => change.type === 'final' && change.id === id))
  t.same([...one.faults, ...other.faults], [])
  await other.store.close()
})

test('a claim is answered while another transaction has locked the row of the expression that it starts', async t => {
  const url = await server.createDatabase()
  const { store } = await join(url)
  const { id } = await store.submit(submissionOf('1+2'))
  const other = new pg.Client({ connectionString: url })
  await other.connect()
  await other.query('BEGIN; SELECT FROM longhand.expression FOR UPDATE')
  t.match(await store.claim(claimBy()), [{ expression: id }])
  t.match(await store.find(id), { status: 'pending' })
  await other.query('COMMIT')
  await until(async () => (await store.find(id))!.status === 'in_progress')
  await other.end()
  await store.close()
})

test('the counts of closed connections are merged, and the version of the list goes on', async t => {
  const url = await server.createDatabase()
  const seen = new Set<string>()
  for (let start = 1; start <= 3; start++) {
    const { store } = await join(url)
    await store.submit(submissionOf('1'))
    seen.add(await store.listVersion())
    await store.close()
    await server.left(url)
  }
  const { store } = await join(url)
  t.notOk(seen.has(await store.listVersion()), 'a version of its own')
  t.equal(seen.size, 3)
  const rows = await server.query(url, 'SELECT backend FROM longhand.revision WHERE backend <> 0')
  t.ok(rows.length <= 2, 'those of this server')
  t.match(await server.query(url, 'SELECT changes FROM longhand.revision WHERE backend = 0'), [{ changes: /^[1-9]/ }])
  await store.close()
})

test('a lease ends once, and final expressions beyond retention are deleted once', async t => {
  const url = await server.createDatabase()
  const rules = { ...RULES, leaseMs: 1, retain: 2 }
  const members = [await join(url, { rules, graceMs: 0 }), await join(url, { rules, graceMs: 0 })]
  for (let count = 0; count < 40; count++) await members[0]!.store.submit(submissionOf('6*7', 0))
  const claimed = await members[0]!.store.claim(claimBy('dead', 40))
  t.equal(claimed.length, 40)
  await until(async () => {
    await Promise.all(members.map(({ store }) => store.expire()))
    return (await members[0]!.store.taskOverview()).leased.length === 0
  })
  const announced = members.flatMap(({ changes }) => changes)
    .reduce((sum, change) => change.type === 'ready' ? sum + (change.counts.get('*') ?? 0) : sum, 0)
  t.ok(announced >= 40)
  const again = await members[1]!.store.claim(claimBy('living', 40))
  t.same(again.map(({ attempt }) => attempt), claimed.map(() => 2), 'each has spent one attempt')
  await members[1]!.store.report(again.map(task => ({ task: task.id, lease: task.lease, result: 42 })))
  await until(async () => (await members[0]!.store.list({})).length === 2)
  t.same((await members[1]!.store.list({})).map(({ id }) => id), [39, 40])
  for (const { store } of members) await store.close()
})

test('an expression that has just finished stays for clients of other servers, and is deleted later', async t => {
  const url = await server.createDatabase()
  const clock = createManualClock()
  const rules = { ...RULES, retain: 1 }
  const members = [await join(url, { rules, clock, time: clock }), await join(url, { rules, clock, time: clock })]
  const [one, other] = [members[0]!, members[1]!]
  const ids: number[] = []
  for (let count = 0; count < 5; count++) ids.push((await one.store.submit(submissionOf('1', 0))).id)
  t.same((await other.store.list({})).map(({ id }) => id), ids)
  clock.advance(9_999)
  for (let count = 0; count < 3; count++) await one.store.submit(submissionOf('1', 0))
  t.equal((await other.store.list({})).length, 8)
  clock.advance(1)
  await until(async () => (await other.store.list({})).length < 8)
  t.same((await other.store.list({})).map(({ id }) => id), [6, 7, 8], 'these finished too recently')
  clock.advance(10_000)
  await until(async () => (await other.store.list({})).length < 3)
  t.same((await other.store.list({})).map(({ id }) => id), [8])
  for (const { store } of members) await store.close()
})

test('an idempotency key that two servers get at once is stored once', async t => {
  const url = await server.createDatabase()
  const members = [await join(url), await join(url)]
  for (let round = 1; round <= 20; round++) {
    const submission = submissionOf('1+2', 0, { idempotency: { key: `key ${round}`, fingerprint: 'a' } })
    const kept = await Promise.all(members.map(({ store }) => store.submit(submission)))
    t.same(kept.map(({ id }) => id), [round, round], 'and no id is lost')
  }
  for (const { store } of members) await store.close()
})

test('results come back bit for bit, and −0 as 0', async t => {
  const url = await server.createDatabase()
  const { store } = await join(url)
  const values = [
    5e-324, -5e-324, 2.2250738585072014e-308, Number.MAX_VALUE, -Number.MAX_VALUE, Number.EPSILON, 2 ** 53 + 2,
    -(2 ** 63), 0.1, 1 / 3, 1e21, 1e-7, 123456789012345680000, -0
  ]
  for (const [index, value] of values.entries()) {
    await store.submit(submissionOf('1+2'))
    await store.report([{ task: index + 1, lease: null, result: value }])
    t.ok(Object.is((await store.find(index + 1))!.result, value + 0), String(value))
  }
  await store.close()
})
