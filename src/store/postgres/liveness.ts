import pg from 'pg'
import type { Clock } from '../../core/clock.js'
import { clientConfig, setUp } from './client.js'
import type { ConnectionOptions } from './connections.js'
import { createHealth } from './health.js'
import { LOCK_SPACE } from './migrate.js'
import type { Session } from './session.js'
import { lockServer, releaseGone, releaseOwn } from './servers.js'
import { alive, regrant, renumber, resume, silent } from './sql/presence.js'
import { call } from './statement.js'

/**
 * This server's presence in the database: a connection that listens to the other servers and holds a lock for as long
 * as it is there, and a sign of life every second. Who comes when nobody is there knows that there was a downtime: it
 * counts for no calculation, and all leases begin anew but those of agents that ended with their servers.
 *
 * A connection that breaks, or does not answer, is replaced.
 */
export interface Presence {
  /** Whether others can be heard right now. */
  readonly listening: boolean
  /** Whether the last sign of life showed that verbs can be done. */
  readonly well: boolean
  /** Leases that began anew when this server came, because none was there before. */
  readonly regranted: number
  /** With a last sign of life. */
  stop (): Promise<void>
}

export interface PresenceOptions extends Pick<ConnectionOptions, 'url' | 'name' | 'onFault'> {
  readonly session: Session
  readonly clock: Pick<Clock, 'after' | 'monotonic'>
  readonly channel: string
  readonly hear: (payload: string) => void
  /** Something may have been missed: others could not be heard until now. */
  readonly onReturn: () => void
  /** Tasks with these symbols became ready: the agents that had them ended with their server. */
  readonly onReleased: (symbols: readonly string[]) => void
}

/** How often a sign of life is given, and after how much silence there is nobody, in ms. */
const BEAT_MS = 1_000
const SILENT_MS = 10_000

/** Who was here a moment ago only lost a connection, unless nobody could give a sign of life since, in ms. */
const INTERRUPTED_MS = 3_000

/** How long the listening connection may take to answer that it is there, in ms. */
const ANSWER_MS = 3_000

/** How long after its loss the connection is opened again, and again, in ms. */
const RETRY_MS = 250

const PRESENT = 2

/** @throws when the database cannot be reached */
export async function createPresence (options: PresenceOptions): Promise<Presence> {
  const { url, name, session, clock, channel, hear, onReturn, onReleased, onFault } = options
  const health = createHealth(session, clock)
  let client: pg.Client | null = null
  let stopped = false
  let cancelBeat = (): void => {}
  let cancelRetry = (): void => {}
  let beating: Promise<void> | null = null
  let missed = false
  let wasHere = false
  /** On the monotonic clock: when the present connection was made. */
  let hereSince = 0
  let regranted = 0

  async function connect (): Promise<void> {
    const fresh = new pg.Client(clientConfig({ url, name: `${name} listener` }))
    fresh.on('error', error => lose(fresh, error))
    fresh.on('end', () => lose(fresh))
    fresh.on('notification', ({ payload = '' }) => hear(payload))
    try {
      await fresh.connect()
      await setUp(fresh)
      await fresh.query(`LISTEN ${channel}`)
      await arrive(fresh)
    } catch (error) {
      fresh.end().catch(onFault)
      throw error
    }
    if (stopped) return fresh.end()
    client = fresh
  }

  /** The lock is shared by all that are present; who gets it alone has nobody beside it. */
  async function arrive (fresh: pg.Client): Promise<void> {
    const key = [LOCK_SPACE, PRESENT]
    const { rows: [row] } = await fresh.query<{ alone: boolean }>('SELECT pg_try_advisory_lock($1, $2) AS alone', key)
    const isDowntime = wasHere ? row!.alone && await isSilent(INTERRUPTED_MS) : row!.alone
    await lockServer(fresh, session)
    // A server that comes back may be the first of several that lost the database; their agents live on.
    if (isDowntime && !wasHere) await releaseGone(session, 0, 0)
    if (isDowntime || await isSilent(SILENT_MS)) {
      const moment = session.moment()
      const calls = [resume, regrant, renumber].map(statement => call(statement, {}, moment))
      const [, granted] = await session.run([...calls, call(alive, { server: session.server }, moment)])
      regranted = (granted as ReadonlyArray<{ leases: number }>)[0]!.leases
    }
    await fresh.query('SELECT pg_advisory_lock_shared($1, $2)', key)
    if (row!.alone) await fresh.query('SELECT pg_advisory_unlock($1, $2)', key)
    wasHere = true
    hereSince = clock.monotonic()
  }

  /** Locks of servers whose network broke stay for a while; their signs of life do not. */
  async function isSilent (longerThanMs: number): Promise<boolean> {
    const [rows] = await session.run([call(silent, { longer_than_ms: longerThanMs }, session.moment())])
    return (rows as ReadonlyArray<{ silent: boolean }>)[0]!.silent
  }

  function lose (lost: pg.Client, error?: unknown): void {
    if (client !== lost) return
    client = null
    if (stopped) return
    if (error !== undefined) onFault(error)
    lost.end().catch(onFault)
    retry()
  }

  function retry (): void {
    cancelRetry = clock.after(RETRY_MS, () => {
      connect().then(onReturn, error => {
        onFault(error)
        if (!stopped) retry()
      })
    })
  }

  /** One at a time: what falls due meanwhile is made up for by one more. */
  function beat (): void {
    cancelBeat()
    if (stopped) return
    cancelBeat = clock.after(BEAT_MS, beat)
    missed = beating !== null
    beating ??= sign().finally(() => {
      beating = null
      if (missed) beat()
    })
  }

  async function sign (): Promise<void> {
    const listener = client
    try {
      // Finds out whether the other side of a connection that is mostly silent is still there.
      await listener?.query({ text: 'SELECT', query_timeout: ANSWER_MS } as pg.QueryConfig)
    } catch (error) {
      // The others have the same way, most likely.
      session.renew()
      return lose(listener!, error)
    }
    await health.look().then(releaseOthers).catch(onFault)
  }

  /** Others that lost their connections when this server did have had the time to come back. */
  async function releaseOthers (): Promise<void> {
    if (client === null || clock.monotonic() - hereSince < INTERRUPTED_MS) return
    const symbols = await releaseGone(session, INTERRUPTED_MS, SILENT_MS)
    if (symbols.length > 0) onReleased(symbols)
  }

  await connect()
  try {
    await health.look()
  } catch (error) {
    stopped = true
    await client!.end()
    throw error
  }
  cancelBeat = clock.after(BEAT_MS, beat)

  return {
    get regranted () {
      return regranted
    },

    get listening () {
      return client !== null
    },

    get well () {
      return health.well
    },

    async stop () {
      stopped = true
      cancelBeat()
      cancelRetry()
      await beating
      await health.look().then(() => releaseOwn(session)).then(onReleased).catch(onFault)
      await client?.end()
    }
  }
}
