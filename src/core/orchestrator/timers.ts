import type { Clock } from '../clock.js'
import { type HeapItem, NOT_IN_HEAP, createHeap } from '../queue/heap.js'

interface Timer extends HeapItem {
  readonly at: number
  readonly run: () => void
}

/**
 * Any number of timers on one of the clock's, which is set for the earliest of them. Cancelling a timer leaves it set
 * unless that was the last one: a thousand requests that wait, are woken and wait again do not set it a thousand times.
 */
export function createTimers (clock: Pick<Clock, 'after' | 'monotonic'>) {
  const timers = createHeap<Timer>((one, other) => one.at < other.at)
  let setFor = Infinity
  let cancel = (): void => {}
  let isStopped = false

  function set (at: number): void {
    if (at >= setFor) return
    cancel()
    setFor = at
    cancel = clock.after(Math.max(0, at - clock.monotonic()), fire)
  }

  function fire (): void {
    setFor = Infinity
    const now = clock.monotonic()
    for (let next = timers.peek(); next !== undefined; next = timers.peek()) {
      if (next.at > now) return set(next.at)
      timers.remove(next)
      next.run()
    }
  }

  return {
    after (delayMs: number, run: () => void): () => void {
      if (isStopped) return () => {}
      const timer = { at: clock.monotonic() + delayMs, run, heapIndex: NOT_IN_HEAP }
      timers.push(timer)
      set(timer.at)
      return () => {
        timers.remove(timer)
        if (timers.size > 0) return
        cancel()
        setFor = Infinity
      }
    },

    /** Cancels all timers, now and from now on. */
    stop (): void {
      isStopped = true
      cancel()
      while (timers.pop() !== undefined);
    }
  }
}
