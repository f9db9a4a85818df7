import pg from 'pg'
import { type Address, clientConfig, setUp } from './client.js'
import { isRace, isRefusal, toldOf } from './database-errors.js'
import type { Call, Statement } from './statement.js'

/** What a statement answered. Its author knows the columns. */
export type Rows = readonly unknown[]

/** Does calls one after the other in one message, and so in one transaction; answers the rows of each. */
export type Run = (calls: readonly Call[]) => Promise<Rows[]>

/**
 * Connections to the database. A call fails with `storage_unavailable` when the database is away, does not answer in
 * time or cannot be written, and with `body_invalid` when it cannot hold a text; it never hangs.
 */
export interface Connections {
  readonly run: Run
  /** Several messages in one transaction, which is rolled back when `act` throws. */
  transaction<T> (act: (run: Run) => Promise<T>): Promise<T>
  /** Opens new connections for what comes, because the old ones may be dead; what is under way fails. */
  renew (): void
  close (): Promise<void>
}

export interface ConnectionOptions extends Address {
  /** At most so many. */
  readonly max: number
  /** Told of connections that broke while nobody used them. */
  readonly onFault: (error: unknown) => void
}

/** A transaction that lost a deadlock, or whose key was just taken, is tried again so often. */
const ATTEMPTS = 5

export function createConnections (options: ConnectionOptions): Connections {
  let pool = openPool()
  const closing = new Set<Promise<void>>()
  const inUse = new Set<pg.PoolClient>()
  const prepared = new WeakMap<pg.PoolClient, Set<Statement>>()
  const unsure = new WeakSet<pg.PoolClient>()

  function openPool (): pg.Pool {
    const fresh = new pg.Pool({
      ...clientConfig(options), max: options.max, idleTimeoutMillis: 60_000, onConnect: setUp
    })
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
    try {
      await client.query([...missing].map(({ prepare }) => prepare).join(';\n'))
    } catch (error) {
      // Some may have been prepared, and nobody knows which: preparing them again would fail.
      unsure.add(client)
      throw error
    }
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
          client.release(!(refused || isThrown(error)) || unsure.has(client))
        }
        if (isThrown(error)) throw error.value
        if (!refused || !isRace(error) || attempt === ATTEMPTS) throw toldOf(error)
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
