import type { Clock } from '../../core/clock.js'
import type { Change } from '../../core/store.js'
import type { StoreContext } from './context.js'
import { countReady } from './views.js'

/** How often to rescan while other servers cannot be heard, in ms. */
const DEAF_MS = 1_000

/** Ready tasks that a rescan counts. */
const MOST_COUNTED = 1_000

interface RescanOptions {
  readonly clock: Pick<Clock, 'after'>
  /** How often to rescan while other servers can be heard, in ms; null for never, not even while they cannot. */
  readonly everyMs: number | null
  readonly isListening: () => boolean
  readonly notifyHere: (change: Change) => void
  readonly onFault: (error: unknown) => void
}

/** Finds, every few seconds, changes of other servers whose notifications were lost. */
export function createRescan (
  context: StoreContext, { clock, everyMs, isListening, notifyHere, onFault }: RescanOptions
) {
  let cancel = (): void => {}
  let isStopped = false

  async function rescan (): Promise<void> {
    try {
      notifyHere({ type: 'missed' })
      const counts = await countReady(context, MOST_COUNTED)
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
