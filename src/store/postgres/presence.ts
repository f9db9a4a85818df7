import pg from 'pg'
import type { Clock } from '../../core/clock.js'
import { clientConfig, setUp } from './client.js'
import type { ConnectionOptions } from './connections.js'
import { LOCK_SPACE } from './migrate.js'
import type { Session } from './session.js'
import { alive, regrant, renumber, resume, silent } from './sql/presence.js'
import { call } from './statement.js'

/**
 * This server's presence in the database: a connection that listens to the other servers and holds a lock for as long
 * as it is there, and a sign of life every second. Who comes when nobody is there knows that there was a downtime: it
 * counts for no calculation, and all leases begin anew.
 *
 * A connection that breaks, or does not answer, is replaced.
 */
export interface Presence {
  /** Whether others can be heard right now. */
  readonly listening: boolean
  /** Leases that began anew when this server came, because none was there before. */
  readonly regranted: number
  /** With a last sign of life. */
  stop (): Promise<void>
}

export interface PresenceOptions extends Pick<ConnectionOptions, 'url' | 'name' | 'onFault'> {
  readonly session: Session
  readonly clock: Pick<Clock, 'after'>
  readonly channel: string
  readonly hear: (payload: string) => void
  /** Something may have been missed: others could not be heard until now. */
  readonly onReturn: () => void
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
  const { url, name, session, clock, channel, hear, onReturn, onFault } = options
  let client: pg.Client | null = null
  let stopped = false
  let cancelBeat = (): void => {}
  let cancelRetry = (): void => {}
  let beating: Promise<void> | null = null
  let missed = false
  let wasHere = false
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
    if (isDowntime || await isSilent(SILENT_MS)) {
      const moment = session.moment()
      const [, granted] = await session.run(
        [resume, regrant, renumber, alive].map(statement => call(statement, {}, moment)))
      regranted = (granted as ReadonlyArray<{ leases: number }>)[0]!.leases
    }
    await fresh.query('SELECT pg_advisory_lock_shared($1, $2)', key)
    if (row!.alone) await fresh.query('SELECT pg_advisory_unlock($1, $2)', key)
    wasHere = true
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
    await session.run([call(alive, {}, session.moment())]).catch(onFault)
  }

  await connect()
  cancelBeat = clock.after(BEAT_MS, beat)

  return {
    get regranted () {
      return regranted
    },

    get listening () {
      return client !== null
    },

    async stop () {
      stopped = true
      cancelBeat()
      cancelRetry()
      await beating
      await session.run([call(alive, {}, session.moment())]).catch(onFault)
      await client?.end()
    }
  }
}
