import type { Clock } from '../clock.js'

/** How long a caller is willing to wait, and what tells that it has gone. */
export interface WaitOptions {
  /** 0 answers at once. */
  readonly waitMs: number
  /** Read only where somebody really waits, so it may cost something. */
  readonly signal?: AbortSignal
}

/** For callers that do not wait. */
export const NO_WAIT: WaitOptions = { waitMs: 0 }

/**
 * Callers that wait for something, in the order in which they came. Waking is by name and number,
 * so that one task does not wake a thousand agents.
 */
export interface Waiters<T> {
  wait (waiting: T, patience: WaitOptions): Waiter
  /** Wakes the first caller for whom `wants` is true, and answers what it waits for; undefined when there is none. */
  wake (wants: (waiting: T) => boolean): T | undefined
  /** Sends those away for whom `has` is true. */
  dismiss (has: (waiting: T) => boolean): void
  /** Sends everybody away, now and from now on. */
  clear (): void
  /** In the order in which they came. */
  all (): T[]
  readonly size: number
}

export interface Waiter {
  /** True when it was woken, false when time was up, the caller left or all was cleared. */
  readonly woken: Promise<boolean>
  /** Gives the place up. */
  leave (): void
}

const NOWHERE: Waiter = { woken: Promise.resolve(false), leave () {} }

/** @param clock where each caller's alarm is set; many callers are better served by `createAlarms`. */
export function createWaiters<T> (clock: Pick<Clock, 'after'>): Waiters<T> {
  const parked = new Set<{ waiting: T, leave: (woken: boolean) => void }>()
  let cleared = false

  return {
    wait (waiting, patience) {
      const { waitMs } = patience
      if (cleared || waitMs <= 0) return NOWHERE
      const { signal: gone } = patience
      if (gone?.aborted === true) return NOWHERE
      let settle = (_woken: boolean): void => {}
      const woken = new Promise<boolean>(resolve => { settle = resolve })
      const cancelTimer = clock.after(waitMs, giveUp)
      const place = { waiting, leave }
      parked.add(place)
      gone?.addEventListener('abort', giveUp)

      function giveUp (): void {
        leave(false)
      }

      function leave (because: boolean): void {
        parked.delete(place)
        cancelTimer()
        gone?.removeEventListener('abort', giveUp)
        settle(because)
      }
      return { woken, leave: giveUp }
    },

    wake (wants) {
      for (const place of parked) {
        if (!wants(place.waiting)) continue
        place.leave(true)
        return place.waiting
      }
      return undefined
    },

    dismiss (has) {
      for (const place of parked) if (has(place.waiting)) place.leave(false)
    },

    clear () {
      cleared = true
      for (const place of parked) place.leave(false)
    },

    all: () => [...parked].map(({ waiting }) => waiting),

    get size () {
      return parked.size
    }
  }
}
