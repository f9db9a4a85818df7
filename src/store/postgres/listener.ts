import pg from 'pg'
import type { Clock } from '../../core/clock.js'
import { clientConfig, setUp } from './client-config.js'
import type { ConnectionOptions } from './connections.js'
import { CHANNEL } from './notifier.js'

export interface ListenerOptions extends Pick<ConnectionOptions, 'url' | 'onFault'> {
  readonly clock: Pick<Clock, 'after' | 'monotonic'>
  readonly receive: (payload: string) => void
  /** Prepares a new connection before it is used. */
  readonly onConnect: (client: pg.Client) => Promise<void>
  /** A lost connection was replaced: notifications may have been missed. */
  readonly onReturn: () => void
}

/** Asks the connection for a sign of life, which may take this long, in ms. */
const PROBE = { text: 'SELECT', query_timeout: 3_000 }

/** How long after the loss of the connection, and after each failure, it is opened again, in ms. */
const RETRY_MS = 250

/** A connection that listens to the other servers. One that breaks, or does not answer, is replaced. */
export function createNotificationListener (options: ListenerOptions) {
  const { url, clock, receive, onConnect, onReturn, onFault } = options
  let client: pg.Client | null = null
  let connectedAt = 0
  let isStopped = false
  let cancelRetry = (): void => {}

  async function open (): Promise<void> {
    const fresh = new pg.Client(clientConfig(url, 'longhand listener'))
    fresh.on('error', error => lose(fresh, error))
    fresh.on('end', () => lose(fresh))
    fresh.on('notification', ({ payload = '' }) => receive(payload))
    try {
      await fresh.connect()
      await setUp(fresh)
      await fresh.query(`LISTEN ${CHANNEL}`)
      await onConnect(fresh)
    } catch (error) {
      fresh.end().catch(onFault)
      throw error
    }
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
      open().then(onReturn, error => {
        onFault(error)
        if (!isStopped) retry()
      })
    })
  }

  return {
    open,

    /** For how long the connection has been open, in ms; null while it is lost. */
    get openMs () {
      return client === null ? null : clock.monotonic() - connectedAt
    },

    /** False when the other side is gone, which a mostly silent connection does not show by itself. */
    async probe (): Promise<boolean> {
      const probed = client
      if (probed === null) return true
      return probed.query(PROBE).then(() => true, error => {
        lose(probed, error)
        return false
      })
    },

    /** Opens no further connection; the present one stays. */
    stop (): void {
      isStopped = true
      cancelRetry()
    },

    async close (): Promise<void> {
      await client?.end()
    }
  }
}
