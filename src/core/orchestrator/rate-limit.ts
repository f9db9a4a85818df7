import type { Clock } from '../clock.js'

/**
 * Keeps what clients can cause a thousand times a second from filling the log: of each kind, a few a second are written
 * at once, and what is more is counted and told with the last of them when the second is over.
 */
export interface RateLimit {
  /**
   * @param kind one of a closed set: each takes memory for a second
   * @param write writes the line; `more` is how many of the kind it also stands for
   * @param most lines of the kind that are written at once in a second
   */
  log (kind: string, write: (more: number) => void, most?: number): void
  /** Writes what was counted so far, and forgets it. */
  flush (): void
}

const WINDOW_MS = 1_000

interface Kind {
  written: number
  /** Not written in this window; the last of them is kept to be written. */
  counted: number
  last: (more: number) => void
  cancel: () => void
}

export function createRateLimit (clock: Pick<Clock, 'after'>): RateLimit {
  const kinds = new Map<string, Kind>()

  /** One line stands for all that were counted, and is the first of the next window; without any, the kind is over. */
  function endWindow (name: string, kind: Kind): void {
    if (kind.counted === 0) {
      kinds.delete(name)
      return
    }
    const { last, counted } = kind
    kind.written = 1
    kind.counted = 0
    kind.cancel = clock.after(WINDOW_MS, () => endWindow(name, kind))
    last(counted - 1)
  }

  return {
    log (name, write, most = 1) {
      const known = kinds.get(name)
      if (known === undefined) {
        const kind: Kind = { written: 1, counted: 0, last: write, cancel: () => {} }
        kind.cancel = clock.after(WINDOW_MS, () => endWindow(name, kind))
        kinds.set(name, kind)
        return write(0)
      }
      if (known.written < most) {
        known.written++
        return write(0)
      }
      known.counted++
      known.last = write
    },

    flush () {
      for (const { cancel, counted, last } of kinds.values()) {
        cancel()
        if (counted > 0) last(counted - 1)
      }
      kinds.clear()
    }
  }
}
