import pg from 'pg'
import type { Clock } from '../../core/clock.js'
import { clientConfig, setUp } from './client.js'
import type { ConnectionOptions } from './connections.js'
import { createHealth } from './health.js'
import { LOCK_SPACE } from './migrate.js'
import type { StoreContext } from './context.js'
import { lockServer, releaseOwn, releaseStopped } from './servers.js'
import { alive, regrant, resume, revise, silent } from './sql/liveness.js'
import { call } from './statement.js'

/** How often this server gives a sign of life, in ms. */
const BEAT_MS = 1_000

/** After this much silence, in ms, no server is running. */
const SILENT_MS = 10_000

/** The same for a server that only lost its connections, unless no server could give a sign of life since, in ms. */
const INTERRUPTED_MS = 3_000

/** Asks the listening connection for a sign of life, which may take this long, in ms. */
const PROBE = { text: 'SELECT', query_timeout: 3_000 }

/** How long after the loss of the listening connection, and after each failure, it is opened again, in ms. */
const RETRY_MS = 250

/** The lock that every running server shares. */
const RUNNING = 2

export interface LivenessOptions extends ListenerOptions {
  readonly clock: Pick<Clock, 'after' | 'monotonic'>
  /** Changes may have been missed: other servers could not be heard until now. */
  readonly onReturn: () => void
  /** Tasks with these symbols became ready, because their agents stopped with their server. */
  readonly onReleased: (symbols: readonly string[]) => void
}

/**
 * Shows the other servers that this one is running: by a connection that listens to them and holds a lock, and by a
 * sign of life every second. A server that starts while no other is running knows that there was a downtime: it counts
 * for no calculation, and all leases are granted again, except those of agents that stopped with their servers.
 *
 * A listening connection that breaks, or does not answer, is replaced.
 *
 * @throws when the database cannot be reached
 */
export async function createLiveness (options: LivenessOptions) {
  const { context, clock, onReturn, onReleased, onFault } = options
  const health = createHealth(context, clock)
  const arrival = createArrival(context)
  let client: pg.Client | null = null
  let isStopped = false
  let cancelBeat = (): void => {}
  let cancelRetry = (): void => {}
  let beating: Promise<void> | null = null
  let isMissed = false
  /** When the present connection was made, on the monotonic clock. */
  let connectedAt = 0

  async function connect (): Promise<void> {
    const fresh = await openListener(options, lose, arrival.arrive)
    connectedAt = clock.monotonic()
    if (isStopped) return fresh.end()
    client = fresh
  }

  function lose (lost: pg.Client, error?: unknown): void {
    if (client !== lost) return
    client = null
    if (isStopped) return
    if (error !== undefined) onFault(error)
    lost.end().catch(onFault)
    retry()
  }

  function retry (): void {
    cancelRetry = clock.after(RETRY_MS, () => {
      connect().then(onReturn, error => {
        onFault(error)
        if (!isStopped) retry()
      })
    })
  }

  /** One at a time; beats that fall due meanwhile are made up for by one. */
  function beat (): void {
    cancelBeat()
    if (isStopped) return
    cancelBeat = clock.after(BEAT_MS, beat)
    isMissed = beating !== null
    beating ??= probe().finally(() => {
      beating = null
      if (isMissed) beat()
    })
  }

  async function probe (): Promise<void> {
    const listener = client
    try {
      // Finds out whether the other side of a connection that is mostly silent is still there.
      await listener?.query(PROBE)
    } catch (error) {
      // The other connections most likely broke with it.
      context.renew()
      return lose(listener!, error)
    }
    await health.check().then(releaseOthers).catch(onFault)
  }

  /** Not before other servers that lost their connections together with this one could return. */
  async function releaseOthers (): Promise<void> {
    if (client === null || clock.monotonic() - connectedAt < INTERRUPTED_MS) return
    const symbols = await releaseStopped(context, INTERRUPTED_MS, SILENT_MS)
    if (symbols.length > 0) onReleased(symbols)
  }

  await connect()
  try {
    await health.check()
  } catch (error) {
    isStopped = true
    await client!.end()
    throw error
  }
  cancelBeat = clock.after(BEAT_MS, beat)

  return {
    /** Leases that were granted again when this server started, because no other was running. */
    get regranted () {
      return arrival.regranted
    },

    /** Whether other servers can be heard right now. */
    get listening () {
      return client !== null
    },

    /** Whether the last sign of life showed that verbs would succeed. */
    get healthy () {
      return health.healthy
    },

    /** With a last sign of life. */
    async stop () {
      isStopped = true
      cancelBeat()
      cancelRetry()
      await beating
      await health.check().then(() => releaseOwn(context)).then(onReleased).catch(onFault)
      await client?.end()
    }
  }
}

interface ListenerOptions extends Pick<ConnectionOptions, 'url' | 'name' | 'onFault'> {
  readonly context: StoreContext
  readonly channel: string
  readonly receive: (payload: string) => void
}

/** Opens a connection that listens. */
async function openListener (
  { url, name, channel, receive, onFault }: ListenerOptions, lose: (lost: pg.Client, error?: unknown) => void,
  arrive: (fresh: pg.Client) => Promise<void>
): Promise<pg.Client> {
  const fresh = new pg.Client(clientConfig({ url, name: `${name} listener` }))
  fresh.on('error', error => lose(fresh, error))
  fresh.on('end', () => lose(fresh))
  fresh.on('notification', ({ payload = '' }) => receive(payload))
  try {
    await fresh.connect()
    await setUp(fresh)
    await fresh.query(`LISTEN ${channel}`)
    await arrive(fresh)
  } catch (error) {
    fresh.end().catch(onFault)
    throw error
  }
  return fresh
}

/** Finds out, with each listening connection, whether there was a downtime, and does what follows from one. */
function createArrival (context: StoreContext) {
  let isFirst = true
  let regranted = 0

  /** Locks of servers whose network broke remain for a while; their signs of life do not. */
  async function isSilent (longerThanMs: number): Promise<boolean> {
    return (await context.row(call(silent, { longer_than_ms: longerThanMs }))).silent
  }

  return {
    get regranted () {
      return regranted
    },

    /** All running servers share the lock; a server that gets it alone is the only one. */
    async arrive (client: pg.Client): Promise<void> {
      const key = [LOCK_SPACE, RUNNING]
      const { rows: [row] } = await client.query<{ alone: boolean }>(
        'SELECT pg_try_advisory_lock($1, $2) AS alone', key)
      const { alone } = row!
      const isDowntime = alone && (isFirst || await isSilent(INTERRUPTED_MS))
      await lockServer(client, context)
      // A server that returns may be the first of several that lost the database; their agents are still running.
      if (isDowntime && isFirst) await releaseStopped(context, 0, 0)
      if (isDowntime || await isSilent(SILENT_MS)) {
        const [, [granted]] = await context.run([
          call(resume, {}), call(regrant, {}), call(revise, {}), call(alive, { server: context.server })
        ])
        regranted = granted!.leases
      }
      await client.query('SELECT pg_advisory_lock_shared($1, $2)', key)
      if (alone) await client.query('SELECT pg_advisory_unlock($1, $2)', key)
      isFirst = false
    }
  }
}
