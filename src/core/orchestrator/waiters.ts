import type { Clock } from '../clock.js'

/** How long a request waits, and the signal that ends the wait. */
export interface WaitOptions {
  /** 0 for no wait. */
  readonly waitMs: number
  /** Aborted when the client is gone. Read only by a request that waits, so a getter may cost something. */
  readonly signal?: AbortSignal
}

export const NO_WAIT: WaitOptions = { waitMs: 0 }

export interface Waiter {
  /** True when it was woken; false when its time was up, its client gone, or all waits ended. */
  readonly woken: Promise<boolean>
  /** Ends the wait. */
  leave (): void
}

const NOT_WAITING: Waiter = { woken: Promise.resolve(false), leave () {} }

export type Waiters<T> = ReturnType<typeof createWaiters<T>>

/**
 * Requests that wait, in the order in which they came. They are woken one at a time, so that one task does not wake a
 * thousand agents.
 *
 * @param clock where each request's timer is set; for many requests, use `createTimers`
 */
export function createWaiters<T> (clock: Pick<Clock, 'after'>) {
  const waiters = new Set<{ request: T, end: (woken: boolean) => void }>()
  let isCleared = false

  return {
    wait (request: T, options: WaitOptions): Waiter {
      const { waitMs } = options
      if (isCleared || waitMs <= 0) return NOT_WAITING
      const { signal } = options
      if (signal?.aborted === true) return NOT_WAITING
      let resolveWoken = (_woken: boolean): void => {}
      const woken = new Promise<boolean>(resolve => { resolveWoken = resolve })
      const cancelTimer = clock.after(waitMs, leave)
      const waiter = { request, end }
      waiters.add(waiter)
      signal?.addEventListener('abort', leave)

      function leave (): void {
        end(false)
      }

      function end (isWoken: boolean): void {
        waiters.delete(waiter)
        cancelTimer()
        signal?.removeEventListener('abort', leave)
        resolveWoken(isWoken)
      }
      return { woken, leave }
    },

    /** Wakes the first request that matches, and returns it; undefined for none. */
    wake (matches: (request: T) => boolean): T | undefined {
      for (const { request, end } of waiters) {
        if (!matches(request)) continue
        end(true)
        return request
      }
      return undefined
    },

    /** Ends the waits of the requests that match. */
    dismiss (matches: (request: T) => boolean): void {
      for (const { request, end } of waiters) if (matches(request)) end(false)
    },

    /** Ends all waits, now and from now on. */
    clear (): void {
      isCleared = true
      for (const { end } of waiters) end(false)
    },

    /** In the order in which they came. */
    all: (): T[] => [...waiters].map(({ request }) => request),

    get size (): number {
      return waiters.size
    }
  }
}
