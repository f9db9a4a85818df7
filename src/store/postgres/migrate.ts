import type { ClientBase } from 'pg'
import { Umzug } from 'umzug'
import { MIGRATIONS, type Migration } from './migrations/index.js'

/** Any number that no other program that uses the database takes; "long" in ASCII. */
export const LOCK_SPACE = 0x6c6f6e67
const MIGRATING = 1

/**
 * Brings the schema up to date. Servers that start at the same time wait for one another, however long it takes: the
 * client must have no time limits.
 *
 * @throws Error when the database was migrated by a newer version, which this one does not understand
 */
export async function migrate (client: ClientBase, migrations: readonly Migration[] = MIGRATIONS): Promise<void> {
  await client.query('SELECT pg_advisory_lock($1, $2)', [LOCK_SPACE, MIGRATING])
  try {
    await createSchema(client)
    await refuseNewer(client, migrations)
    await umzugOf(client, migrations).up()
  } finally {
    await client.query('SELECT pg_advisory_unlock($1, $2)', [LOCK_SPACE, MIGRATING])
  }
}

/**
 * Every expression must fit: a database of another encoding has no place for most characters.
 *
 * @throws Error unless the encoding is UTF-8
 */
export async function requireUnicode (client: ClientBase): Promise<void> {
  const { rows: [row] } = await client.query<{ encoding: string }>(
    'SELECT pg_encoding_to_char(encoding) AS encoding FROM pg_database WHERE datname = current_database()')
  const { encoding } = row!
  if (encoding === 'UTF8') return
  throw Object.assign(new Error(`its encoding is ${encoding}, and Longhand needs UTF8`), { code: 'wrong_encoding' })
}

/** Looks first: to create what is there already takes the right to create it all the same. */
async function createSchema (client: ClientBase): Promise<void> {
  const { rows: [there] } = await client.query<{ schema: boolean, migration: boolean }>(`
    SELECT to_regnamespace('longhand') IS NOT NULL AS schema, to_regclass('longhand.migration') IS NOT NULL AS migration
  `)
  if (!there!.schema) await client.query('CREATE SCHEMA longhand')
  if (there!.migration) return
  await client.query('CREATE TABLE longhand.migration ' +
    '(name text PRIMARY KEY, applied_at timestamptz NOT NULL DEFAULT now())')
}

async function applied (client: ClientBase): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>('SELECT name FROM longhand.migration ORDER BY name')
  return rows.map(({ name }) => name)
}

async function refuseNewer (client: ClientBase, migrations: readonly Migration[]): Promise<void> {
  const known = new Set(migrations.map(({ name }) => name))
  const unknown = (await applied(client)).filter(name => !known.has(name))
  if (unknown.length === 0) return
  throw new Error(`The database was brought to a newer schema (${unknown.join(', ')}) than this version of Longhand ` +
    'knows. Start the newer version, or restore a backup from before its first start')
}

/** Each step and the note that it was done are one transaction. */
function umzugOf (client: ClientBase, migrations: readonly Migration[]): Umzug {
  return new Umzug({
    migrations: migrations.map(({ name, sql }) => ({
      name,
      up: async () => {
        await client.query('BEGIN')
        try {
          await client.query(sql)
          await client.query('INSERT INTO longhand.migration (name) VALUES ($1)', [name])
          await client.query('COMMIT')
        } catch (error) {
          await client.query('ROLLBACK')
          throw error
        }
      }
    })),
    storage: {
      executed: () => applied(client),
      logMigration: async () => {},
      unlogMigration: async () => {}
    },
    logger: undefined
  })
}
