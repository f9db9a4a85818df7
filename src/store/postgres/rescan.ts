import type { Clock } from '../../core/clock.js'
import type { Change } from '../../core/store.js'

/** How often to rescan while other servers cannot be heard, in ms. */
const DEAF_MS = 1_000

export interface RescanOptions {
  readonly clock: Pick<Clock, 'after'>
  /** How often to rescan while other servers can be heard, in ms; null for never, not even while they cannot. */
  readonly everyMs: number | null
  readonly isListening: () => boolean
  readonly countReady: () => Promise<ReadonlyMap<string, number>>
  readonly notifyHere: (change: Change) => void
  readonly onFault: (error: unknown) => void
}

/** Finds, every few seconds, what the notifications of other servers did not tell: they are only hints. */
export function createRescan ({ clock, everyMs, isListening, countReady, notifyHere, onFault }: RescanOptions) {
  let cancel = (): void => {}
  let isStopped = false

  async function rescan (): Promise<void> {
    try {
      notifyHere({ type: 'missed' })
      const counts = await countReady()
      if (counts.size > 0) notifyHere({ type: 'ready', counts })
    } catch (error) {
      onFault(error)
    }
  }

  function start (): void {
    if (everyMs === null || isStopped) return
    cancel = clock.after(isListening() ? everyMs : DEAF_MS, () => { rescan().then(start) })
  }

  return {
    rescan,
    start,
    stop () {
      isStopped = true
      cancel()
    }
  }
}
