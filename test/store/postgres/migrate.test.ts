import pg from 'pg'
import { test } from 'tap'
import { migrate } from '../../../src/store/postgres/migrate.js'
import { MIGRATIONS } from '../../../src/store/postgres/migrations/index.js'
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
  t.match(row, { rolsuper: false }, 'as a role without rights of its own')
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
  await t.rejects(withClient(url, client => migrate(client)), /newer schema \(9999-later\)/)
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
