import { INTERRUPTED_MS, SILENT_MS, createDowntimeCheck } from './downtime.js'
import { createHealth } from './health.js'
import { type ListenerOptions, createNotificationListener } from './listener.js'
import type { StoreContext } from './context.js'
import { releaseOwn, releaseStopped } from './servers.js'

/** How often this server gives a sign of life, in ms. */
const BEAT_MS = 1_000

export interface LivenessOptions extends Omit<ListenerOptions, 'onConnect'> {
  readonly context: StoreContext
  /** Tasks with these symbols became ready, because their agents stopped with their server. */
  readonly onReleased: (symbols: readonly string[]) => void
}

/**
 * Shows the other servers that this one is running: by a connection that listens to them and holds a lock, and by a
 * sign of life every second.
 *
 * @throws when the database cannot be reached
 */
export async function createLiveness (options: LivenessOptions) {
  const { context, clock, onReleased, onFault } = options
  const health = createHealth(context, clock)
  const downtime = createDowntimeCheck(context)
  const listener = createNotificationListener({ ...options, onConnect: downtime.check })
  let isStopped = false
  let cancelBeat = (): void => {}
  let beating: Promise<void> | null = null
  let isMissed = false

  /** One at a time; beats that fall due meanwhile are made up for by one. */
  function beat (): void {
    cancelBeat()
    if (isStopped) return
    cancelBeat = clock.after(BEAT_MS, beat)
    isMissed = beating !== null
    beating ??= giveSign().finally(() => {
      beating = null
      if (isMissed) beat()
    })
  }

  async function giveSign (): Promise<void> {
    // The other connections most likely broke with the listener.
    if (!await listener.probe()) return context.renew()
    await health.check().then(releaseOthers).catch(onFault)
  }

  /** Not before other servers that lost their connections together with this one could return. */
  async function releaseOthers (): Promise<void> {
    const { openMs } = listener
    if (openMs === null || openMs < INTERRUPTED_MS) return
    const symbols = await releaseStopped(context, INTERRUPTED_MS, SILENT_MS)
    if (symbols.length > 0) onReleased(symbols)
  }

  await listener.open()
  try {
    await health.check()
  } catch (error) {
    listener.stop()
    await listener.close()
    throw error
  }
  cancelBeat = clock.after(BEAT_MS, beat)

  return {
    /** Leases that were granted again when this server started, because no other was running. */
    get regranted () {
      return downtime.regranted
    },

    /** Whether other servers can be heard right now. */
    get listening () {
      return listener.openMs !== null
    },

    /** Whether the last sign of life showed that verbs would succeed. */
    get healthy () {
      return health.healthy
    },

    /** With a last sign of life. */
    async stop () {
      isStopped = true
      cancelBeat()
      listener.stop()
      await beating
      await health.check().then(() => releaseOwn(context)).then(onReleased).catch(onFault)
      await listener.close()
    }
  }
}
