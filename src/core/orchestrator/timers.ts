import type { Clock } from '../clock.js'
import { type HeapItem, NOT_IN_HEAP, createHeap } from '../queue/heap.js'

/**
 * Any number of alarms on one timer. It stands at the earliest of them, and an alarm that is
 * cancelled leaves it where it is unless it was the last: a thousand callers that wait, are woken
 * and wait again do not arm it a thousand times.
 */
export interface Timers extends Pick<Clock, 'after'> {
  /** Cancels everything, now and from now on. */
  stop (): void
}

interface Alarm extends HeapItem {
  readonly at: number
  readonly run: () => void
}

export function createTimers (clock: Clock): Timers {
  const alarms = createHeap<Alarm>((one, other) => one.at < other.at)
  let armedAt = Infinity
  let disarm = (): void => {}
  let stopped = false

  function arm (at: number): void {
    if (at >= armedAt) return
    disarm()
    armedAt = at
    disarm = clock.after(Math.max(0, at - clock.monotonic()), ring)
  }

  function ring (): void {
    armedAt = Infinity
    const now = clock.monotonic()
    for (let next = alarms.peek(); next !== undefined; next = alarms.peek()) {
      if (next.at > now) return arm(next.at)
      alarms.remove(next)
      next.run()
    }
  }

  return {
    after (delayMs, run) {
      if (stopped) return () => {}
      const alarm = { at: clock.monotonic() + delayMs, run, heapIndex: NOT_IN_HEAP }
      alarms.push(alarm)
      arm(alarm.at)
      return () => {
        alarms.remove(alarm)
        if (alarms.size > 0) return
        disarm()
        armedAt = Infinity
      }
    },

    stop () {
      stopped = true
      disarm()
      while (alarms.pop() !== undefined);
    }
  }
}
