import pg from 'pg'
import { test } from 'tap'
import type { ClaimedTask } from '../../../src/core/store.js'
import { LOCK_SPACE } from '../../../src/store/postgres/migrate.js'
import { claimBy, submissionOf } from '../fixture.js'
import { createProxy } from './proxy.js'
import { type Member, join, until } from './scene.js'
import { startServer } from './server.js'

const server = await startServer()

const LOCAL = { ...claimBy('own'), local: true }

/** Two servers on one database; the far one is connected through a proxy. */
async function scene () {
  const url = await server.createDatabase()
  const proxy = await createProxy(server.port)
  const near = await join(url)
  const far = await join(url.replace(`:${server.port}/`, `:${proxy.port}/`))
  return { url, proxy, near, far }
}

/** The first task that can be claimed. */
async function nextFor ({ store }: Member): Promise<ClaimedTask> {
  let tasks: readonly ClaimedTask[] = []
  await until(async () => (tasks = await store.claim(claimBy('next'))).length > 0)
  return tasks[0]!
}

/** Fulfilled when a server has given a sign of life this many ms after now. */
async function aliveAfter (url: string, ms: number): Promise<void> {
  const last = async (): Promise<number> =>
    Number((await server.query(url, 'SELECT max(alive_at) AS at FROM longhand.server'))[0]!['at'])
  const from = await last()
  await until(async () => await last() >= from + ms)
}

test('when a server has stopped, another ends the leases of its own agents, and no others', async t => {
  const { url, proxy, near, far } = await scene()
  for (const source of ['1+2', '3+4']) await near.store.submit(submissionOf(source, 3_600_000))
  const [own] = await far.store.claim(LOCAL)
  const [other] = await far.store.claim(claimBy('elsewhere'))
  t.same(await near.store.claim(claimBy()), [])
  near.changes.length = 0
  proxy.refuse()
  t.match(await nextFor(near), { id: own!.id, attempt: 1 })
  // The claim may have been served between the release and its answer, and announces its own deadline.
  const announced = () => near.changes.filter(({ type }) => type !== 'deadline')
  await until(() => announced().length > 0)
  t.match(announced(), [{ type: 'ready', counts: new Map([['+', 1]]) }], 'waiting claims are notified')
  t.same(await near.store.renew([{ task: other!.id, lease: other!.lease }]), ['accepted'])
  await until(async () => (await server.query(url, 'SELECT FROM longhand.server')).length === 1)
  for (const { store } of [near, far]) await store.close()
  await proxy.close()
})

test('a server that lost its connections for a moment keeps the leases of its own agents', async t => {
  const { url, proxy, near, far } = await scene()
  await near.store.submit(submissionOf('1+2', 3_600_000))
  const [own] = await far.store.claim(LOCAL)
  proxy.cut()
  await until(() => far.changes.some(({ type }) => type === 'missed'))
  await aliveAfter(url, 5_000)
  t.same(await near.store.claim(claimBy()), [])
  t.same(await far.store.renew([{ task: own!.id, lease: own!.lease }]), ['accepted'])
  for (const { store } of [near, far]) await store.close()
  await proxy.close()
})

test('a database that was away ends no lease of an own agent', async t => {
  const { url, proxy, near, far } = await scene()
  for (const source of ['1+2', '3+4']) await near.store.submit(submissionOf(source, 3_600_000))
  const owns = [[near, ...await near.store.claim(LOCAL)], [far, ...await far.store.claim(LOCAL)]] as const
  await server.stop()
  await until(() => !near.store.serves() && !far.store.serves())
  // Longer than the interruption after which a server without its lock counts as stopped.
  await new Promise(resolve => setTimeout(resolve, 4_000))
  await server.start()
  await until(() => near.store.serves() && far.store.serves())
  await aliveAfter(url, 5_000)
  for (const [{ store }, own] of owns) {
    t.same(await store.renew([{ task: own!.id, lease: own!.lease }]), ['accepted'])
  }
  for (const { store } of [near, far]) await store.close()
  await proxy.close()
})

test('a server whose connection hangs counts as stopped after a longer silence', async t => {
  const url = await server.createDatabase()
  const near = await join(url)
  await near.store.submit(submissionOf('1+2', 3_600_000))
  await near.store.claim(LOCAL)
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  await client.query(`
    INSERT INTO longhand.server (id, alive_at) VALUES (999, extract(epoch FROM clock_timestamp()) * 1000 - 6000);
    UPDATE longhand.task SET server = 999 WHERE state = 'leased';
    SELECT pg_advisory_lock_shared(${LOCK_SPACE + 1}, 999)`)
  const { rows: [before] } = await client.query('SELECT alive_at FROM longhand.server WHERE id = 999')
  t.match(await nextFor(near), { attempt: 1 })
  const { rows: [after] } = await client.query('SELECT extract(epoch FROM clock_timestamp()) * 1000 AS now')
  t.ok(Number(after.now) - before.alive_at >= 10_000)
  await client.end()
  await near.store.close()
})

test('a server that stops in order leaves no lease of an own agent', async t => {
  const { proxy, near, far } = await scene()
  await near.store.submit(submissionOf('1+2', 3_600_000))
  const [own] = await far.store.claim(LOCAL)
  await far.store.close()
  t.match(await near.store.claim(claimBy()), [{ id: own!.id, attempt: 1 }])
  await near.store.close()
  await proxy.close()
})
