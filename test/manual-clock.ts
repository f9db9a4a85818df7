import type { Clock } from '../src/core/clock.js'

/** A clock that stands still until a test turns it. */
export interface ManualClock extends Clock {
  /** Lets time pass, firing the timers that fall due, in their order. */
  advance (ms: number): void
  /** Sets the wall clock alone, as an operator or a time server does. */
  jump (ms: number): void
  /** Timers that are armed. */
  readonly timers: number
}

interface Timer {
  readonly at: number
  readonly run: () => void
}

export function createManualClock (start = Date.UTC(2026, 0, 1)): ManualClock {
  const timers = new Set<Timer>()
  let wall = start
  let elapsed = 0

  return {
    now: () => wall,
    monotonic: () => elapsed,

    after (delayMs, run) {
      const timer = { at: elapsed + Math.max(0, delayMs), run }
      timers.add(timer)
      return () => { timers.delete(timer) }
    },

    // Nothing arrives from outside here.
    afterPendingInput: run => run(),

    advance (ms) {
      const until = elapsed + ms
      for (;;) {
        const next = [...timers].filter(({ at }) => at <= until).sort((one, other) => one.at - other.at)[0]
        if (next === undefined) break
        timers.delete(next)
        wall += next.at - elapsed
        elapsed = next.at
        next.run()
      }
      wall += until - elapsed
      elapsed = until
    },

    jump (ms) {
      wall += ms
    },

    get timers () {
      return timers.size
    }
  }
}
