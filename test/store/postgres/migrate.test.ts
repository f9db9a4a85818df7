import { readFileSync } from 'node:fs'
import pg from 'pg'
import { test } from 'tap'
import { migrate } from '../../../src/store/postgres/migrate.js'
import { MIGRATIONS } from '../../../src/store/postgres/migrations/index.js'
import { blocksOf } from '../../markdown.js'
import { claimOne, submissionOf } from '../fixture.js'
import { join } from './scene.js'
import { startServer } from './server.js'

const server = await startServer()

async function withClient<T> (url: string, act: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return await act(client)
  } finally {
    await client.end()
  }
}

test('servers that start together bring the schema up to date once', async t => {
  const url = await server.createDatabase()
  await Promise.all(Array.from({ length: 4 }, () => withClient(url, client => migrate(client))))
  const applied = await server.query(url, 'SELECT name FROM longhand.migration ORDER BY name')
  t.same(applied.map(({ name }) => name), MIGRATIONS.map(({ name }) => name))
})

test('the right to create a schema is needed for the first start only', async t => {
  const url = await server.createDatabase()
  await withClient(url, client => migrate(client))
  const { pathname, username } = new URL(url)
  const [row] = await server.query(url, 'SELECT rolsuper FROM pg_roles WHERE rolname = $1', [username])
  t.match(row, { rolsuper: false }, 'as a role without further rights')
  await server.asSuperuser(pathname.slice(1), `
    ALTER DATABASE ${pathname.slice(1)} OWNER TO postgres; REVOKE ALL ON DATABASE ${pathname.slice(1)} FROM PUBLIC;
    GRANT CONNECT ON DATABASE ${pathname.slice(1)} TO ${username}`)
  await t.rejects(withClient(url, client => client.query('CREATE SCHEMA other')), { code: '42501' })
  await withClient(url, client => migrate(client))
  await t.resolves(withClient(url, client => client.query('SELECT FROM longhand.task')))
})

test('a schema that is newer than the program is refused, with its name', async t => {
  const url = await server.createDatabase()
  await withClient(url, client => migrate(client))
  await server.query(url, "INSERT INTO longhand.migration (name) VALUES ('9999-later')")
  const refusal = { code: 'schema_newer', message: /newer schema \(9999-later\)/ }
  await t.rejects(withClient(url, client => migrate(client)), refusal)
})

test('a step that fails leaves nothing behind, and is tried again by the next start', async t => {
  const url = await server.createDatabase()
  const broken = [...MIGRATIONS, { name: '9998-broken', sql: 'CREATE TABLE longhand.half (); SELECT 1 / 0' }]
  await t.rejects(withClient(url, client => migrate(client, broken)), /9998-broken/)
  t.match(await server.query(url, "SELECT to_regclass('longhand.half') AS half"), [{ half: null }])
  const mended = [...MIGRATIONS, { name: '9998-broken', sql: 'CREATE TABLE longhand.half ()' }]
  await withClient(url, client => migrate(client, mended))
  await t.rejects(withClient(url, client => migrate(client)), /newer schema/)
})

test('a further step upgrades a database with all that it holds', async t => {
  const url = await server.createDatabase()
  const { store } = await join(url)
  await store.submit(submissionOf('6*7'))
  const { id: task, lease } = await claimOne(store)
  await store.close()
  const further = { name: '9998-priority', sql: 'ALTER TABLE longhand.task ADD priority integer NOT NULL DEFAULT 5' }
  for (let start = 0; start < 2; start++) {
    await withClient(url, client => migrate(client, [...MIGRATIONS, further]))
  }
  t.match(await server.query(url, 'SELECT id::integer, state, lease, priority FROM longhand.task'),
    [{ id: task, state: 'leased', lease, priority: 5 }])
})

test('a database of version 0.1.0 keeps its work, with the attempts as far as it recorded them', async t => {
  const url = await server.createDatabase()
  await withClient(url, client => migrate(client, MIGRATIONS.slice(0, 1)))
  await server.query(url, `
    INSERT INTO longhand.expression (id, kind, source, first_task, operations, symbols, work_ms, span_ms,
      work_before_ms, span_before_ms, status, created_at)
    VALUES (1, 'expression', 'old', 1, 7, '{+}', 1, 1, 1, 1, 'in_progress', 1)`)
  // The agents of spent attempts, the agent and the number of attempts, for each state.
  await server.query(url, `
    INSERT INTO longhand.task (id, expression, symbol, left_value, right_value, time_ms, path_ms, dependents,
      gives_result, missing, updated_at, state, attempts, earlier_agents, agent, claimed_at, lease)
    SELECT row_number() OVER (), 1, '+', 1, 2, 0, 0, '{}', false, 0, 1, state::longhand.task_state, attempts,
      earlier::text[], agent, claimed_at, lease
    FROM (VALUES ('ready', 0, NULL, NULL, NULL, NULL), ('ready', 2, '{a,NULL}', NULL, NULL, NULL),
      ('leased', 1, NULL, 'a', 7, 'x'), ('leased', 3, '{a,b}', 'c', 7, 'x'), ('completed', 2, '{a}', 'b', 7, NULL),
      ('overdue', 2, '{a}', 'b', 7, NULL), ('dropped', 1, NULL, NULL, 7, NULL)
    ) AS v (state, attempts, earlier, agent, claimed_at, lease)`)
  const { store } = await join(url)
  const expired = (attempt: number, agent: string | null, claimedAt: number | null = null) =>
    ({ attempt, agent, lease: null, claimedAt, endedAt: null, outcome: 'expired' })
  t.same((await store.findOperations(1))!.tasks.map(({ endedAttempts }) => endedAttempts), [
    null, [expired(1, 'a'), expired(2, null)], null, [expired(1, 'a'), expired(2, 'b')], [expired(1, 'a')],
    [expired(1, 'a'), expired(2, 'b', 7)], [expired(1, null, 7)]
  ])
  t.match(await store.changesOf(1, null, 10), { isComplete: true, operations: { indices: { length: 7 } } })
  t.match(await store.listChanges(null, 10), { isStart: true, expressions: [{ id: 1 }] })
  await store.close()
})

test('a schema from before the first release is refused, and stays as it is', async t => {
  const url = await server.createDatabase()
  const steps = ['0001-first', '0002-issuer', '0003-servers', '0004-failed-operation']
  await withClient(url, client => migrate(client, steps.map(name => ({ name, sql: 'SELECT' }))))
  await t.rejects(join(url), { code: 'schema_unreleased', message: /before the first release.*drop the schema/ })
  t.same((await server.query(url, 'SELECT name FROM longhand.migration ORDER BY name')).map(({ name }) => name), steps)
})

test('the servers of a database issue the same tokens', async t => {
  const url = await server.createDatabase()
  const [{ store: one }, { store: other }] = [await join(url), await join(url)]
  await one.submit(submissionOf('1+2'))
  const { id: task, lease } = await claimOne(one)
  t.same(await other.renew([{ task, lease }]), ['accepted'])
  await one.close()
  await other.close()
})

test('after the documented steps of a restore, no id is used again and results of lost tasks are refused', async t => {
  const url = await server.createDatabase()
  const { store } = await join(url)
  await store.submit(submissionOf('6*7'))
  const { id: task, lease } = await claimOne(store)
  await store.close()
  const document = readFileSync(new URL('../../../docs/postgres.md', import.meta.url), 'utf8')
  await server.query(url, blocksOf(document).find(({ language }) => language === 'sql')!.text)
  const { store: again } = await join(url)
  t.same(await again.report([{ task, lease, result: 42 }]), ['unknown'])
  const { id } = await again.submit(submissionOf('2*2'))
  t.equal(id, 1_000_000_002)
  t.equal((await again.findOperations(id))!.firstTask, 1_000_000_002)
  t.same(await again.load(), { openExpressions: 2, openOperations: 2 })
  await again.close()
})

test('a database that is not in UTF-8 is refused before anything is created in it', async t => {
  for (const encoding of ['LATIN1', 'SQL_ASCII']) {
    const url = await server.createDatabase(`template0 ENCODING '${encoding}' LOCALE 'C'`)
    const message = `its encoding is ${encoding}, and Longhand needs UTF8`
    await t.rejects(join(url), { code: 'wrong_encoding', message })
    t.match(await server.query(url, "SELECT to_regnamespace('longhand') AS schema"), [{ schema: null }])
  }
})

test('the driver uses UTF-8, whatever the role or the URL say', async t => {
  const url = await server.createDatabase()
  await server.query(url, "ALTER ROLE CURRENT_USER SET client_encoding = 'LATIN1'")
  const { store } = await join(`${url}?client_encoding=LATIN1`)
  const { id } = await store.submit(submissionOf('2×3', 100, { source: '2×3 ∑ 😀' }))
  t.match(await store.find(id), { source: '2×3 ∑ 😀' })
  await store.close()
  await server.query(url, 'ALTER ROLE CURRENT_USER RESET client_encoding')
})
