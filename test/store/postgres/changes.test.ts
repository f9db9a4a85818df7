import pg from 'pg'
import { type Test, test } from 'tap'
import type { Expression, ListedExpression } from '../../../src/core/expression.js'
import type { Changes, ExpressionChanges, ListChanges, Store } from '../../../src/core/store.js'
import { createManualClock } from '../../manual-clock.js'
import { RULES, answer, claimBy, claimOne, submissionOf, workOff } from '../fixture.js'
import { type Member, join, until } from './scene.js'
import { startServer } from './server.js'

const server = await startServer()

/** What a follower of an expression knows. */
interface Reader {
  cursor: string | null
  expression: Expression | null
  tasks: Map<number, unknown>
  pieces: number
  starts: number
}

const newFollower = (): Reader => ({ cursor: null, expression: null, tasks: new Map(), pieces: 0, starts: 0 })

/** Reads and applies one answer. */
async function readPiece (store: Store, id: number, follower: Reader, limit = 1_000): Promise<ExpressionChanges> {
  const changes = (await store.changesOf(id, follower.cursor, limit))!
  if (changes.isStart) follower.tasks.clear()
  follower.starts += changes.isStart ? 1 : 0
  follower.pieces++
  follower.cursor = changes.cursor
  follower.expression = changes.expression ?? follower.expression
  const { firstTask, indices, tasks, operands } = changes.operations
  indices.forEach((index, at) => follower.tasks.set(firstTask + index, [tasks[at], operands[at]]))
  return changes
}

async function readOn (store: Store, id: number, follower: Reader, limit = 1_000): Promise<void> {
  while (!(await readPiece(store, id, follower, limit)).isComplete);
}

async function isUpToDate (t: Test, store: Store, id: number, follower: Reader): Promise<void> {
  const { expression, firstTask, indices, tasks, operands } = (await store.findOperations(id))!
  t.same(follower.expression, expression)
  t.same([...follower.tasks].sort(([one], [other]) => one - other),
    indices.map((index, at) => [firstTask + index, [tasks[at], operands[at]]]))
}

async function listOn (store: Store, cursor: string | null, limit = 1_000) {
  const known = new Map<number, ListedExpression>()
  const deleted: number[] = []
  const pieces: ListChanges[] = []
  for (let since = cursor; pieces.at(-1)?.isComplete !== true;) {
    const changes = await store.listChanges(since, limit)
    pieces.push(changes)
    since = changes.cursor
    for (const entry of changes.expressions) known.set(entry.id, entry)
    deleted.push(...changes.deleted)
  }
  return { known, deleted, pieces, cursor: pieces.at(-1)!.cursor, isStart: pieces[0]!.isStart }
}

async function connected (url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  return client
}

async function closeAll (t: Test, members: readonly Member[]): Promise<void> {
  for (const { store } of members) await store.close()
  t.same(members.flatMap(({ faults }) => faults), [])
}

test('a change comes once, and an expression without one is null', async t => {
  const url = await server.createDatabase()
  const member = await join(url, { paceMs: 0 })
  const { store } = member
  const { id } = await store.submit(submissionOf('1+2*3'))
  const follower = newFollower()
  t.match(await readPiece(store, id, follower), { isStart: true, isComplete: true, expression: { id } })
  await isUpToDate(t, store, id, follower)
  t.match(await readPiece(store, id, follower), {
    isStart: false, isComplete: true, expression: null, operations: { indices: [], tasks: [] }
  })
  const { id: task, lease } = await claimOne(store)
  t.match(await readPiece(store, id, follower), { isStart: false, expression: { status: 'in_progress' } })
  await store.renew([{ task, lease }])
  t.match(await readPiece(store, id, follower), { operations: { indices: [] } }, 'a heartbeat is none')
  await workOff(store)
  await readPiece(store, id, follower)
  await store.report([{ task, lease, result: 6 }])
  await readPiece(store, id, follower)
  await isUpToDate(t, store, id, follower)
  t.equal(await store.changesOf(id + 1, null, 10), null, 'an unknown expression')
  await closeAll(t, [member])
})

test('transactions that commit out of order lose nothing, at whichever server the cursor is used', async t => {
  const url = await server.createDatabase()
  const members = [await join(url, { paceMs: 0 }), await join(url, { paceMs: 0 })]
  const [one, other] = members.map(({ store }) => store) as [Store, Store]
  const { id } = await one.submit(submissionOf('(1+2)*(3+4)*(5+6)'))
  const { id: second } = await one.submit(submissionOf('7+8'))
  const tasks = await one.claim(claimBy('agent', 3))
  const follower = newFollower()
  await readOn(one, id, follower)
  let { cursor } = await listOn(one, null)
  const open = await connected(url)
  const early = tasks.find(({ expression }) => expression === id)!
  const write = 'changed_in = pg_current_xact_id()'
  // Has its number before all that follows, and commits after it.
  await open.query(`BEGIN; UPDATE longhand.task SET ${write}, agent = 'late' WHERE id = ${early.id};
    UPDATE longhand.expression SET ${write}, result = 15 WHERE id = ${second}`)
  for (const task of tasks.filter(({ expression, id: at }) => expression === id && at !== early.id)) {
    await other.report([{ task: task.id, lease: task.lease, result: answer(task) }])
    await readOn(one, id, follower)
    await isUpToDate(t, one, id, follower)
  }
  const before = await listOn(other, cursor)
  t.same([...before.known.keys()], [])
  cursor = before.cursor
  await readOn(other, id, follower)
  const last = follower.cursor
  await open.query('COMMIT')
  t.match(await readPiece(one, id, follower), { isStart: false, operations: { indices: [early.id - 1] } })
  await isUpToDate(t, other, id, follower)
  follower.cursor = last
  t.match(await readPiece(other, id, follower), { isStart: false, operations: { indices: [early.id - 1] } })
  const after = await listOn(one, cursor)
  t.match([...after.known.values()], [{ id: second, result: 15 }])
  t.equal(after.isStart, false)
  t.same([...(await listOn(other, after.cursor)).known], [])
  await open.end()
  await closeAll(t, members)
})

test('a large state comes in pieces, and what changes meanwhile is not missed', async t => {
  const url = await server.createDatabase()
  const member = await join(url, { paceMs: 0 })
  const { store } = member
  const { id } = await store.submit(submissionOf(Array.from({ length: 40 }, (_, at) => `(${at}+1)`).join('*')))
  const follower = newFollower()
  const work = async (): Promise<void> => {
    const task = await claimOne(store)
    await store.report([{ task: task.id, lease: task.lease, result: answer(task) }])
  }
  // Work between the pieces, behind the follower and before it.
  for (let piece = 0; piece < 30; piece++) {
    t.ok((await readPiece(store, id, follower, 5)).operations.indices.length <= 5)
    await work()
  }
  t.equal(follower.starts, 1)
  await readOn(store, id, follower, 5)
  await isUpToDate(t, store, id, follower)
  const undisturbed = newFollower()
  await readOn(store, id, undisturbed, 10)
  t.equal(undisturbed.pieces, 8, '79 operations')
  await isUpToDate(t, store, id, undisturbed)
  await work()
  await work()
  await readOn(store, id, follower, 1)
  await isUpToDate(t, store, id, follower)
  await closeAll(t, [member])
})

test('the list comes in pieces with the ids of deleted expressions', async t => {
  const url = await server.createDatabase()
  const member = await join(url, { paceMs: 0, graceMs: 0, rules: { ...RULES, retain: 3 } })
  const { store } = member
  const open: number[] = []
  for (let count = 0; count < 4; count++) open.push((await store.submit(submissionOf('1+2'))).id)
  const start = await listOn(store, null, 3)
  t.same([...start.known.keys()], [1, 2, 3, 4])
  t.same(start.pieces.map(({ isStart, isComplete }) => [isStart, isComplete]), [[true, false], [false, true]])
  for (const id of open) await store.cancel(id)
  await until(async () => (await store.list({})).length === 3)
  const next = await listOn(store, start.cursor, 1)
  t.same([...next.known.keys()], [2, 3, 4])
  t.same(next.deleted, [1])
  t.ok(next.pieces.every(({ expressions, deleted }) => expressions.length + deleted.length <= 1))
  t.match((await listOn(store, next.cursor)).pieces, [{ expressions: [], deleted: [] }])

  const first = await store.listChanges(null, 2)
  for (let count = 0; count < 3; count++) await store.submit(submissionOf('1'))
  await until(async () => (await store.list({})).length === 3)
  const rest = await listOn(store, first.cursor, 2)
  t.same(rest.deleted.toSorted((one, other) => one - other).slice(0, 2), [2, 3], 'deleted behind the follower')
  t.same([...rest.known.keys()].sort((one, other) => one - other).slice(-3), [5, 6, 7])
  await closeAll(t, [member])
})

test('a cursor from before the deletions that were pruned starts again', async t => {
  const url = await server.createDatabase()
  const clock = createManualClock()
  const member = await join(url, { paceMs: 0, graceMs: 0, rules: { ...RULES, retain: 1 }, clock, time: clock })
  const { store } = member
  const isPruned = async () => (await server.query(url, 'SELECT FROM longhand.deletion')).length === 0
  const { cursor } = await listOn(store, null)
  for (let count = 0; count < 3; count++) await store.submit(submissionOf('1'))
  await until(async () => (await store.list({})).length === 1)
  const known = await listOn(store, cursor)
  t.same([known.isStart, known.deleted.length], [false, 2])
  clock.advance(599_999)
  t.equal((await listOn(store, cursor)).isStart, false)
  clock.advance(60_000)
  await until(isPruned)
  const again = await listOn(store, cursor)
  t.same([again.isStart, [...again.known.keys()], again.deleted], [true, [3], []])
  t.equal((await listOn(store, known.cursor)).isStart, false, 'it has seen them')
  t.equal((await listOn(store, again.cursor)).isStart, false)
  await closeAll(t, [member])
})

test('while an older transaction is under way, deletions are not pruned, and no cursor starts again', async t => {
  const url = await server.createDatabase()
  const clock = createManualClock()
  const rules = { ...RULES, retain: 1 }
  // One statement after the other.
  const member = await join(url, { paceMs: 0, graceMs: 0, rules, clock, time: clock, connections: 1 })
  const { store } = member
  const open = await connected(url)
  await open.query('BEGIN; SELECT pg_current_xact_id()')
  for (let count = 0; count < 2; count++) await store.submit(submissionOf('1'))
  await until(async () => (await store.list({})).length === 1)
  const sent = countStatements('prune_deletions')
  clock.advance(660_000)
  await until(() => sent.count > 0)
  const { cursor } = await listOn(store, null)
  await store.submit(submissionOf('1+2'))
  const next = await listOn(store, cursor)
  t.same([next.isStart, [...next.known.keys()]], [false, [3]])
  await open.query('COMMIT')
  t.equal((await listOn(store, cursor)).isStart, false)
  sent.stop()
  await open.end()
  await closeAll(t, [member])
})

test('any number of followers are answered by one statement, which waits for its turn', async t => {
  const url = await server.createDatabase()
  const clock = createManualClock()
  const member = await join(url, { clock })
  const { store } = member
  const ids: number[] = []
  for (let count = 0; count < 100; count++) ids.push((await store.submit(submissionOf('1+2'))).id)
  const sent = countStatements('changes_of', 'list_changes')
  const read = async (cursors: ReadonlyArray<string | null>): Promise<ReadonlyArray<Changes | null>> =>
    Promise.all(cursors.map((cursor, follower) => store.changesOf(ids[follower % ids.length]!, cursor, 1_000)))
  const first = await read(Array.from({ length: 500 }, () => null))
  t.equal(sent.count, 1)
  t.ok(first.every(changes => changes!.isStart && changes!.isComplete))
  await store.cancel(ids[7]!)
  const before = sent.count
  let answered = false
  const second = read(first.map(changes => changes!.cursor)).then(answers => {
    answered = true
    return answers
  })
  const lists = Promise.all(Array.from({ length: 500 }, () => store.listChanges(null, 1_000)))
  t.ok((await lists).every(({ expressions }) => expressions.length === 100))
  clock.advance(49)
  await store.load()
  t.notOk(answered, 'not before its time')
  clock.advance(1)
  const changed = (await second).flatMap((changes, follower) =>
    (changes as ExpressionChanges).expression === null ? [] : ids[follower % ids.length]!)
  t.same(changed, [ids[7], ids[7], ids[7], ids[7], ids[7]])
  t.equal(sent.count - before, 2, 'with that of the list')
  sent.stop()
  await closeAll(t, [member])
})

/** Counts the statements of these names that this process sends to the database. */
function countStatements (...names: readonly string[]) {
  const { prototype } = pg.Client
  const { query } = prototype
  const counter = { count: 0, stop: () => { prototype.query = query } }
  prototype.query = function (this: pg.Client, ...args: Parameters<typeof query>) {
    const [text] = args
    if (typeof text === 'string' && names.some(name => text.startsWith(`EXECUTE "${name}"`))) counter.count++
    return query.apply(this, args)
  } as typeof query
  return counter
}
