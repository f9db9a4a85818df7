import pg from 'pg'
import type { Clock } from '../../core/clock.js'
import { clientConfig, setUp } from './client-config.js'
import { isRace, isRefusal, toStoreError } from './database-errors.js'
import { type Call, render } from './statement.js'

/** The rows of each call. */
export type RowsOf<Calls extends readonly Call[]> = {
  readonly [Index in keyof Calls]: Calls[Index] extends Call<infer Row> ? readonly Row[] : never
}

/** Sends statements. */
export interface Sender {
  /** Several calls, one after the other, in one message and so in one transaction. */
  run<const Calls extends readonly Call[]> (calls: Calls): Promise<RowsOf<Calls>>
  rows<Row> (call: Call<Row>): Promise<readonly Row[]>
  /** The row of a statement that always returns exactly one. */
  row<Row> (call: Call<Row>): Promise<Row>
}

/**
 * Connections to the database. A call fails with `storage_unavailable` when the database is away, does not answer in
 * time or cannot be written, and with `body_invalid` when it cannot store a text. No call hangs.
 */
export interface Connections extends Sender {
  /** Several messages in one transaction, which is rolled back when `act` throws. */
  transaction<T> (act: (sender: Sender) => Promise<T>): Promise<T>
  /** Opens new connections, because the present ones may be dead. Calls under way fail. */
  renew (): void
  close (): Promise<void>
}

export interface ConnectionOptions {
  readonly url: string
  /** The largest number of connections. */
  readonly max: number
  /** Receives the errors of connections that break while they are idle. */
  readonly onFault: (error: unknown) => void
  /** Replaces the database's clock in statements, for tests. */
  readonly time: Pick<Clock, 'now' | 'monotonic'> | null
}

/** Thrown in a transaction to roll it back. The connection stays in use, and the caller gets this error unchanged. */
export class RollBack extends Error {
  readonly code: string = 'rolled_back'
}

/** How often a transaction that lost a deadlock, or whose idempotency key was just taken, is tried. */
const ATTEMPTS = 5

export function createConnections (options: ConnectionOptions): Connections {
  const { url, time } = options
  let pool = openPool()
  const closing = new Set<Promise<void>>()
  const inUse = new Set<pg.PoolClient>()
  const { send, isUnsure } = createSend()

  function openPool (): pg.Pool {
    const fresh = new pg.Pool({ ...clientConfig(url), max: options.max, idleTimeoutMillis: 60_000, onConnect: setUp })
    // Without listeners, a connection that breaks would end the process. A call under way gets the error anyway.
    fresh.on('error', options.onFault)
    fresh.on('connect', client => { client.on('error', () => {}) })
    return fresh
  }

  function end (old: pg.Pool): void {
    const ended = old.end().catch(options.onFault).finally(() => closing.delete(ended))
    closing.add(ended)
  }

  function textOf (calls: readonly Call[]): string {
    const moment = { at: time?.now() ?? null, tick: time?.monotonic() ?? null }
    return calls.map(call => render(call, moment)).join(';\n')
  }

  /** Runs `act` again after a race. A connection with any other trouble than a refused statement is closed. */
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
        const isRolledBack = error instanceof RollBack
        const isRefused = isRefusal(error)
        if (client !== undefined) {
          inUse.delete(client)
          client.release(!(isRefused || isRolledBack) || isUnsure(client))
        }
        if (isRolledBack) throw error
        if (!isRefused || !isRace(error) || attempt === ATTEMPTS) throw toStoreError(error)
      }
    }
  }

  return {
    ...createSender(calls => {
      const text = textOf(calls)
      return withClient(client => send(client, calls, text))
    }),

    transaction: act => withClient(async client => {
      await client.query('BEGIN')
      try {
        const done = await act(createSender(calls => send(client, calls, textOf(calls))))
        await client.query('COMMIT')
        return done
      } catch (error) {
        // PostgreSQL rolls back by itself when the connection is lost.
        if (error instanceof RollBack || isRefusal(error)) await client.query('ROLLBACK')
        throw error
      }
    }),

    renew () {
      const old = pool
      pool = openPool()
      // Otherwise calls would wait for their time limit.
      for (const client of inUse) if (client instanceof pg.Client) client.end().catch(options.onFault)
      end(old)
    },

    async close () {
      end(pool)
      await Promise.all(closing)
    }
  }
}

/** Sends calls, with each statement prepared on its connection first. */
function createSend () {
  const prepared = new WeakMap<pg.PoolClient, Set<Call['statement']>>()
  const unsure = new WeakSet<pg.PoolClient>()

  async function prepare (client: pg.PoolClient, calls: readonly Call[]): Promise<void> {
    const known = prepared.get(client) ?? new Set()
    prepared.set(client, known)
    const missing = new Set(calls.map(({ statement }) => statement).filter(statement => !known.has(statement)))
    if (missing.size === 0) return
    try {
      await client.query([...missing].map(({ prepare }) => prepare).join(';\n'))
    } catch (error) {
      // Some may have been prepared, and preparing these again would fail.
      unsure.add(client)
      throw error
    }
    for (const statement of missing) known.add(statement)
  }

  /** @param text the calls, rendered */
  async function send (client: pg.PoolClient, calls: readonly Call[], text: string): Promise<unknown[][]> {
    await prepare(client, calls)
    // For a message of several statements the driver returns an array, which its types do not say.
    const answer: pg.QueryResult | pg.QueryResult[] = await client.query(text)
    return [answer].flat().map(({ rows }) => rows)
  }

  return {
    send,

    /** Whether a preparation failed on this connection, so that it cannot be used again. */
    isUnsure: (client: pg.PoolClient) => unsure.has(client)
  }
}

function createSender (send: (calls: readonly Call[]) => Promise<unknown[][]>): Sender {
  async function rows<Row> (call: Call<Row>): Promise<readonly Row[]> {
    const [found = []] = await send([call])
    if (!found.every(call.statement.isRow)) throw unexpectedRows(call)
    return found
  }

  return {
    rows,

    async run (calls) {
      const answer = await send(calls)
      if (!areRowsOf(calls, answer)) throw unexpectedRows(...calls)
      return answer
    },

    async row (call) {
      const [row] = await rows(call)
      if (row === undefined) throw unexpectedRows(call)
      return row
    }
  }
}

function areRowsOf<Calls extends readonly Call[]> (calls: Calls, answer: unknown): answer is RowsOf<Calls> {
  return Array.isArray(answer) && answer.length === calls.length &&
    calls.every(({ statement }, index) => answer[index].every(statement.isRow))
}

function unexpectedRows (...calls: readonly Call[]): TypeError {
  return new TypeError(`Rows of ${calls.map(({ statement }) => statement.name).join(' or ')} are not as declared`)
}
