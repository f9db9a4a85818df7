import type { Clock } from '../clock.js'

const WINDOW_MS = 1_000

interface Kind {
  written: number
  /** Lines not written in this window; `last` is the last of them. */
  counted: number
  last: (more: number) => void
  cancel: () => void
}

export type RateLimit = ReturnType<typeof createRateLimit>

/**
 * Keeps events that clients can cause a thousand times a second from filling the log: of each kind, a few lines a
 * second are written at once; the rest is counted, and logged with the last of them at the end of the second.
 */
export function createRateLimit (clock: Pick<Clock, 'after'>) {
  const kinds = new Map<string, Kind>()

  /** Writes one line for all that were counted, the first of the next window; without any, forgets the kind. */
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
    /**
     * @param kind one of a closed set: each takes memory for a second
     * @param write writes the line; `more` is the number of further lines that it stands for
     * @param max number of lines that are written at once, per second
     */
    log (kind: string, write: (more: number) => void, max = 1): void {
      const known = kinds.get(kind)
      if (known === undefined) {
        const added: Kind = { written: 1, counted: 0, last: write, cancel: () => {} }
        added.cancel = clock.after(WINDOW_MS, () => endWindow(kind, added))
        kinds.set(kind, added)
        return write(0)
      }
      if (known.written < max) {
        known.written++
        return write(0)
      }
      known.counted++
      known.last = write
    },

    /** Writes what was counted, and starts anew. */
    flush (): void {
      for (const { cancel, counted, last } of kinds.values()) {
        cancel()
        if (counted > 0) last(counted - 1)
      }
      kinds.clear()
    }
  }
}
