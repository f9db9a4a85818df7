import type { Clock } from '../clock.js'

/**
 * How many times as long as work the pause after it is, so that feeds take a twenty-fifth of the time. With a tenth,
 * 200 followers of 200 expressions took 0.13 to 0.22 of the throughput on two cores, their own program included.
 */
const PAUSE_PER_COST = 24

/**
 * Idle time that is made up for, in ms: after it, work of a twenty-fifth of this begins without a pause. So one client
 * gets the first 2,000 operations of an expression at once, and 10,000 within half a second. With five times as much, a
 * page that is opened on 10,000 took 0.15 of the throughput of the quarter of a second in which they are worked out.
 */
const CREDIT_MS = 48

/** What begins together: its cost is charged when it has ended. */
const MAX_AT_ONCE = 16

/** In ms, for what is in the sockets. */
const MIN_PAUSE_MS = 1

export type Pace = ReturnType<typeof createPace>

/**
 * Bounds what all feeds of a server cost together. After work with an estimated cost, no further work begins for
 * twenty-four times as long, less the idle time before; then what was requested meanwhile begins, a part at a time. So
 * feeds become slower with the number of followers and the size of messages, and the work of the server does not.
 */
export function createPace (clock: Pick<Clock, 'monotonic' | 'after'>) {
  let freeAt = -Infinity
  let waiting: Array<() => void> = []
  let cancel: (() => void) | null = null

  function runAll (): void {
    cancel = null
    const pauseMs = freeAt - clock.monotonic()
    if (pauseMs <= 0) for (const run of waiting.splice(0, MAX_AT_ONCE)) run()
    if (waiting.length > 0) cancel = clock.after(Math.max(MIN_PAUSE_MS, pauseMs), runAll)
  }

  return {
    /** Calls `run` as soon as the pause is over; at once if there is none. Never calls it after `stop`. */
    request (run: () => void): void {
      if (cancel === null && clock.monotonic() >= freeAt) return run()
      waiting.push(run)
      cancel ??= clock.after(Math.max(0, freeAt - clock.monotonic()), runAll)
    },

    /** @param costMs of the processor, estimated */
    charge (costMs: number): void {
      freeAt = Math.max(freeAt, clock.monotonic() - CREDIT_MS) + PAUSE_PER_COST * costMs
    },

    stop (): void {
      cancel?.()
      cancel = null
      waiting = []
    }
  }
}
