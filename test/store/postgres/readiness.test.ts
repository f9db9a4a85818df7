import pg from 'pg'
import { test } from 'tap'
import { submissionOf } from '../fixture.js'
import { join, until } from './scene.js'
import { startServer } from './server.js'

const server = await startServer()

const READ_ONLY = 'ALTER SYSTEM SET default_transaction_read_only'
const RELOAD = 'SELECT pg_reload_conf()'

/** What an administrator, a failover or a restore can do to a reachable database, and how to undo it. */
const troubles: ReadonlyArray<readonly [name: string, begin: readonly string[], end: readonly string[]]> = [
  ['is read-only', [`${READ_ONLY} = on`, RELOAD], [`${READ_ONLY} = off`, RELOAD]],
  ['has lost its schema', ['ALTER SCHEMA longhand RENAME TO lost'], ['ALTER SCHEMA lost RENAME TO longhand']],
  ['has lost a table',
    ['ALTER TABLE longhand.schedule RENAME TO lost'], ['ALTER TABLE longhand.lost RENAME TO schedule']],
  ['grants no right to write',
    ['REVOKE INSERT ON longhand.task FROM :owner'], ['GRANT INSERT ON longhand.task TO :owner']],
  ['has no connection left', [
    'ALTER ROLE :owner CONNECTION LIMIT 1',
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = ':database' AND application_name = 'longhand'`
  ], ['ALTER ROLE :owner CONNECTION LIMIT -1']]
]

for (const [name, begin, end] of troubles) {
  test(`a database that ${name} is noticed without a verb, and so is its recovery`, async t => {
    const url = await server.createDatabase()
    const { pathname, username: owner } = new URL(url)
    const database = pathname.slice(1)
    const does = async (statements: readonly string[]): Promise<void> => {
      for (const text of statements) {
        await server.asSuperuser(database, text.replaceAll(':owner', owner).replaceAll(':database', database))
      }
    }
    const { store } = await join(url)
    t.ok(store.serves())
    await does(begin)
    await until(() => !store.serves())
    await t.rejects(store.submit(submissionOf('1+2')), { code: 'storage_unavailable' })
    await does(end)
    await until(() => store.serves())
    t.match(await store.submit(submissionOf('1+2')), { id: 1, status: 'pending' })
    await store.close()
  })
}

test('a database in which writes wait is noticed, though it has not refused any', async t => {
  const url = await server.createDatabase()
  const { store, faults } = await join(url)
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  await client.query('BEGIN; LOCK TABLE longhand.counter')
  await until(() => !store.serves())
  t.same(faults, [])
  await client.query('ROLLBACK')
  await until(() => store.serves())
  await client.end()
  await store.close()
})

test('the check whether writes are possible writes nothing but signs of life', async t => {
  const url = await server.createDatabase()
  const { store } = await join(url)
  await store.submit(submissionOf('1+2'))
  const rows = async (): Promise<unknown> => server.query(url, `
    SELECT (SELECT array_agg((xmin, ctid)::text) FROM longhand.counter) AS counter,
      (SELECT array_agg((xmin, ctid)::text) FROM longhand.expression) AS expression,
      (SELECT array_agg((xmin, ctid)::text) FROM longhand.task) AS task,
      (SELECT array_agg((xmin, ctid)::text) FROM longhand.schedule) AS schedule,
      (SELECT array_agg((last_value, is_called)::text) FROM longhand.turn) AS turn`)
  const before = await rows()
  const life = async (): Promise<number> =>
    Number((await server.query(url, 'SELECT alive_at FROM longhand.server'))[0]!['alive_at'])
  const seen = await life()
  await until(async () => await life() > seen)
  t.same(await rows(), before)
  await store.close()
})

test('a store that cannot be opened leaves no connection', async t => {
  const url = await server.createDatabase()
  await (await join(url)).store.close()
  // Only the work that catches up, after the first sign of life, deletes from it.
  await server.query(url, 'REVOKE DELETE ON longhand.revision FROM CURRENT_USER')
  await t.rejects(join(url), { code: 'storage_unavailable' })
  await server.left(url)
})
