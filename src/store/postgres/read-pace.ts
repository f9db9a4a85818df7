import type { Clock } from '../../core/clock.js'

/** The share of the time that runs may take is one in this many. */
const SHARE = 10

/**
 * Limits how often something runs: at most once in `everyMs`, and for at most a tenth of the time.
 *
 * @param everyMs 0 for no limit
 */
export function createReadPace (clock: Pick<Clock, 'after' | 'monotonic'>, everyMs: number) {
  let nextAt = -Infinity
  let endPause: (() => void) | null = null
  let isStopped = false

  return {
    /** Fulfilled when the next run may begin: not before the callers that come with this one. */
    pause (): Promise<void> {
      const waitMs = nextAt - clock.monotonic()
      if (waitMs <= 0 || isStopped) return Promise.resolve()
      return new Promise(resolve => {
        const cancel = clock.after(waitMs, resolve)
        endPause = () => {
          cancel()
          resolve()
        }
      })
    },

    async run<T> (act: () => Promise<T>): Promise<T> {
      const startedAt = clock.monotonic()
      try {
        return await act()
      } finally {
        if (everyMs > 0) nextAt = startedAt + Math.max(everyMs, SHARE * (clock.monotonic() - startedAt))
      }
    },

    /** Ends the present pause, and all later ones. */
    stop (): void {
      isStopped = true
      endPause?.()
    }
  }
}
