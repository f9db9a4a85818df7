import pg from 'pg'

/** How long opening a connection may take, in ms. */
const CONNECT_MS = 5_000

/** How long the database works on a statement, and how long its answer may take, in ms: the latter finds dead peers. */
const STATEMENT_MS = 10_000
const ANSWER_MS = 12_000

/** After this much silence, in ms, the system starts to probe whether the other side is still there. */
const KEEP_ALIVE_MS = 10_000

/**
 * The statements are written for their indexes, and their plans must not depend on the statistics of the tables when
 * they were planned: a queue is empty now and full in a moment.
 */
const SETTINGS: ReadonlyArray<readonly [name: string, value: string]> = [
  ['client_encoding', 'UTF8'],
  ['plan_cache_mode', 'force_generic_plan'],
  ['enable_seqscan', 'off'],
  ['enable_bitmapscan', 'off'],
  ['jit', 'off'],
  ['extra_float_digits', '1'],
  ['default_transaction_isolation', 'read committed'],
  ['statement_timeout', String(STATEMENT_MS)],
  ['idle_in_transaction_session_timeout', '20s'],
  ['tcp_keepalives_idle', '10'],
  ['tcp_keepalives_interval', '5'],
  ['tcp_keepalives_count', '3']
]

/** Faster where they are allowed: to superusers only, or on some systems only. */
const OPTIONAL_SETTINGS: ReadonlyArray<readonly [name: string, value: string]> = [
  ['deadlock_timeout', '100ms'],
  ['client_connection_check_interval', '10s']
]

/** One message. As options of the connection, poolers would refuse the settings or drop them silently. */
const SET_UP = `
${SETTINGS.map(([name, value]) => `SET ${name} = '${value}';`).join('\n')}
DO $$ BEGIN
${OPTIONAL_SETTINGS.map(([name, value]) => `  BEGIN
    PERFORM set_config('${name}', '${value}', false);
  EXCEPTION WHEN insufficient_privilege OR invalid_parameter_value OR undefined_object THEN
    -- The setting of the database stays.
  END;`).join('\n')}
END $$`

/** bigint and its array: ids are far below 2^53. */
const PARSERS = new Map<number, (text: string) => unknown>([
  [20, Number],
  [1016, text => text === '{}' ? [] : text.slice(1, -1).split(',').map(Number)]
])

/**
 * The configuration of a connection, in a pool or alone; `setUp` must follow once it is open.
 *
 * @param url postgres://USER:PASSWORD@HOST:PORT/DATABASE
 * @param name shown in pg_stat_activity
 */
export function clientConfig (url: string, name = 'longhand'): pg.ClientConfig {
  return {
    connectionString: url,
    application_name: name,
    connectionTimeoutMillis: CONNECT_MS,
    query_timeout: ANSWER_MS,
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEP_ALIVE_MS,
    types: { getTypeParser }
  }
}

function getTypeParser (oid: number, format?: 'text' | 'binary'): (text: string) => unknown {
  return PARSERS.get(oid) ?? pg.types.getTypeParser(oid, format)
}

/** Applies the settings that the statements expect. */
export async function setUp (client: pg.ClientBase): Promise<void> {
  await client.query(SET_UP)
}
