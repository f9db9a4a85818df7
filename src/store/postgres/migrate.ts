import type { ClientBase } from 'pg'
import { Umzug } from 'umzug'
import { MIGRATIONS, type Migration } from './migrations/index.js'

/** Advisory locks in this space are ours; "long" in ASCII. */
export const LOCK_SPACE = 0x6c6f6e67
const MIGRATING = 1

/** The first step of schemas from before the first release. */
const UNRELEASED = '0001-first'

/** A database that Longhand cannot use as it is. The message completes a sentence about the database. */
export class UnusableDatabase extends Error {
  readonly code: 'wrong_encoding' | 'schema_newer' | 'schema_unreleased'

  constructor (code: UnusableDatabase['code'], message: string) {
    super(message)
    this.code = code
  }
}

/**
 * Brings the schema up to date. Servers that start together wait for one another, however long it takes: the client
 * must have no time limits.
 *
 * @throws UnusableDatabase when another version has migrated the database, which this one does not understand
 */
export async function migrate (client: ClientBase, migrations: readonly Migration[] = MIGRATIONS): Promise<void> {
  await client.query('SELECT pg_advisory_lock($1, $2)', [LOCK_SPACE, MIGRATING])
  try {
    await createSchema(client)
    await refuseUnknown(client, migrations)
    await umzugOf(client, migrations).up()
  } finally {
    await client.query('SELECT pg_advisory_unlock($1, $2)', [LOCK_SPACE, MIGRATING])
  }
}

/**
 * Every expression must fit: a database in another encoding cannot store most characters.
 *
 * @throws UnusableDatabase unless the encoding is UTF-8
 */
export async function requireUnicode (client: ClientBase): Promise<void> {
  const { rows: [row] } = await client.query<{ encoding: string }>(
    'SELECT pg_encoding_to_char(encoding) AS encoding FROM pg_database WHERE datname = current_database()')
  const { encoding } = row!
  if (encoding === 'UTF8') return
  throw new UnusableDatabase('wrong_encoding', `its encoding is ${encoding}, and Longhand needs UTF8`)
}

/** Checks first: CREATE … IF NOT EXISTS needs the right to create even where the object exists. */
async function createSchema (client: ClientBase): Promise<void> {
  const { rows: [found] } = await client.query<{ schema: boolean, migration: boolean }>(`
    SELECT to_regnamespace('longhand') IS NOT NULL AS schema, to_regclass('longhand.migration') IS NOT NULL AS migration
  `)
  if (!found!.schema) await client.query('CREATE SCHEMA longhand')
  if (found!.migration) return
  await client.query('CREATE TABLE longhand.migration ' +
    '(name text PRIMARY KEY, applied_at timestamptz NOT NULL DEFAULT now())')
}

async function applied (client: ClientBase): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>('SELECT name FROM longhand.migration ORDER BY name')
  return rows.map(({ name }) => name)
}

async function refuseUnknown (client: ClientBase, migrations: readonly Migration[]): Promise<void> {
  const known = new Set(migrations.map(({ name }) => name))
  const unknown = (await applied(client)).filter(name => !known.has(name))
  if (unknown.length === 0) return
  if (unknown.includes(UNRELEASED)) {
    throw new UnusableDatabase('schema_unreleased', 'it has a schema from before the first release of Longhand, ' +
      'which cannot be upgraded. Use another database, or drop the schema "longhand" with all that it holds')
  }
  throw new UnusableDatabase('schema_newer', `it has a newer schema (${unknown.join(', ')}) than this version of ` +
    'Longhand knows. Start the newer version, or restore a backup from before its first start')
}

/** Each step is one transaction with the row that records it. */
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
