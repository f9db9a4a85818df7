import pg from 'pg'
import { domainError } from '../../core/errors.js'
import type { Call, Statement } from './statement.js'

/** What a statement answered. Its author knows the columns. */
export type Rows = readonly unknown[]

/** Does calls one after the other in one message, and so in one transaction; answers the rows of each. */
export type Run = (calls: readonly Call[]) => Promise<Rows[]>

/**
 * Connections to the database. A call fails with `storage_unavailable` when the database is away or does not answer in
 * time; it never hangs.
 */
export interface Connections {
  readonly run: Run
  /** Several messages in one transaction, which is rolled back when `act` throws. */
  transaction<T> (act: (run: Run) => Promise<T>): Promise<T>
  /** Opens new connections for what comes, because the old ones may be dead; what is under way fails. */
  renew (): void
  close (): Promise<void>
}

export interface ConnectionOptions {
  /** postgres://USER:PASSWORD@HOST:PORT/DATABASE */
  readonly url: string
  /** Shown in pg_stat_activity. */
  readonly name: string
  /** At most so many. */
  readonly max: number
  /** Told of connections that broke while nobody used them. */
  readonly onFault: (error: unknown) => void
}

/** How long opening a connection, or waiting for a free one, may take, in ms. */
const CONNECT_MS = 5_000

/** How long the server works on a statement, and how long its answer is waited for, in ms: that finds dead peers. */
const STATEMENT_MS = 10_000
const ANSWER_MS = 12_000

/** After so much silence, in ms, the network is asked whether the other side is still there. */
const KEEP_ALIVE_MS = 10_000

/** A transaction that lost a deadlock, or whose key was just taken, is tried again so often. */
const ATTEMPTS = 5

/**
 * The statements are made for their indexes, and their plans must not depend on what a table's statistics were when
 * they were planned: a queue is empty now and full in a moment.
 */
const SESSION = [
  'plan_cache_mode=force_generic_plan', 'enable_seqscan=off', 'enable_bitmapscan=off', 'jit=off',
  'extra_float_digits=1', 'default_transaction_isolation=read\\ committed',
  'client_connection_check_interval=10s', 'tcp_keepalives_idle=10', 'tcp_keepalives_interval=5',
  'tcp_keepalives_count=3',
  'idle_in_transaction_session_timeout=20s', 'deadlock_timeout=100ms'
]

/** Of PostgreSQL's: https://www.postgresql.org/docs/current/errcodes-appendix.html */
const DEADLOCK = '40P01'
const UNIQUE_VIOLATION = '23505'
const AWAY = /^(08|53|57|58|25006|55P03|XX)/

/** bigint and its array: ids are far below 2^53. */
const PARSERS = new Map<number, (text: string) => unknown>([
  [20, Number],
  [1016, text => text === '{}' ? [] : text.slice(1, -1).split(',').map(Number)]
])

/** What one client needs, for a pool or alone. */
export function clientConfig ({ url, name }: Pick<ConnectionOptions, 'url' | 'name'>): pg.ClientConfig {
  return {
    connectionString: url,
    application_name: name,
    connectionTimeoutMillis: CONNECT_MS,
    statement_timeout: STATEMENT_MS,
    query_timeout: ANSWER_MS,
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEP_ALIVE_MS,
    options: SESSION.map(setting => `-c ${setting}`).join(' '),
    types: { getTypeParser }
  }
}

function getTypeParser (oid: number, format?: 'text' | 'binary'): (text: string) => unknown {
  return PARSERS.get(oid) ?? pg.types.getTypeParser(oid, format)
}

export function createConnections (options: ConnectionOptions): Connections {
  let pool = openPool()
  const closing = new Set<Promise<void>>()
  const inUse = new Set<pg.PoolClient>()
  const prepared = new WeakMap<pg.PoolClient, Set<Statement>>()

  function openPool (): pg.Pool {
    const fresh = new pg.Pool({ ...clientConfig(options), max: options.max, idleTimeoutMillis: 60_000 })
    // Without listeners a connection that breaks, in use or idle, would end the process. Who uses it is told anyway.
    fresh.on('error', options.onFault)
    fresh.on('connect', client => { client.on('error', () => {}) })
    return fresh
  }

  function end (old: pg.Pool): Promise<void> {
    const ended = old.end().catch(options.onFault).finally(() => closing.delete(ended))
    closing.add(ended)
    return ended
  }

  async function prepare (client: pg.PoolClient, calls: readonly Call[]): Promise<void> {
    const known = prepared.get(client) ?? new Set()
    prepared.set(client, known)
    const missing = new Set(calls.map(({ statement }) => statement).filter(statement => !known.has(statement)))
    if (missing.size === 0) return
    await client.query([...missing].map(({ prepare }) => prepare).join(';\n'))
    for (const statement of missing) known.add(statement)
  }

  async function send (client: pg.PoolClient, calls: readonly Call[]): Promise<Rows[]> {
    await prepare(client, calls)
    const text = calls.map(({ text }) => text).join(';\n')
    const answer = await client.query(text) as unknown as pg.QueryResult | pg.QueryResult[]
    return Array.isArray(answer) ? answer.map(({ rows }) => rows) : [answer.rows]
  }

  /** Whatever went wrong on a connection for other reasons than the statement may have left it unusable. */
  async function withClient<T> (act: (client: pg.PoolClient) => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      let client: pg.PoolClient | undefined
      try {
        client = await pool.connect()
        inUse.add(client)
        const done = await act(client)
        inUse.delete(client)
        client.release()
        return done
      } catch (error) {
        const refused = isRefusal(error)
        if (client !== undefined) {
          inUse.delete(client)
          client.release(!(refused || isThrown(error)))
        }
        if (isThrown(error)) throw error.value
        if (!refused) throw domainError('storage_unavailable', {}, error)
        const again = error.code === DEADLOCK || error.code === UNIQUE_VIOLATION
        if (!again || attempt === ATTEMPTS) throw error
      }
    }
  }

  return {
    run: calls => withClient(client => send(client, calls)),

    transaction: act => withClient(async client => {
      await client.query('BEGIN')
      try {
        const done = await act(calls => send(client, calls))
        await client.query('COMMIT')
        return done
      } catch (error) {
        // A connection that is lost rolls back by itself, and has nobody to tell.
        if (isThrown(error) || isRefusal(error)) await client.query('ROLLBACK')
        throw error
      }
    }),

    renew () {
      const old = pool
      pool = openPool()
      // Otherwise they would wait for an answer that never comes until their time is over.
      for (const client of inUse) (client as pg.PoolClient & pg.Client).end().catch(options.onFault)
      end(old)
    },

    async close () {
      end(pool)
      await Promise.all(closing)
    }
  }
}

/** The database said no, and is well. */
function isRefusal (error: unknown): error is pg.DatabaseError {
  return error instanceof pg.DatabaseError && !AWAY.test(error.code ?? '')
}

interface Thrown { readonly value: unknown }
const thrown = new WeakSet<object>()

/** Marks what an act throws by itself, to roll back: the connection is well, and the caller gets it as it is. */
export function rollBackWith (value: unknown): Error & Thrown {
  const error = Object.assign(new Error('rolled back'), { value })
  thrown.add(error)
  return error
}

function isThrown (error: unknown): error is Thrown {
  return typeof error === 'object' && error !== null && thrown.has(error)
}
