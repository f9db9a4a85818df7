import type { Clock } from '../core/clock.js'

/** The longest delay that a JavaScript timer keeps; a longer one would fire at once. */
const LONGEST_DELAY_MS = 2 ** 31 - 1

/**
 * Rounds of the event loop in which arrived data is read: one accepts connections, one reads what they sent, and one
 * more the rest of it. (After a pause Node runs timers before it polls its sockets.)
 */
const ARRIVAL_ROUNDS = 3

/** The clock of this process. Its timers do not keep the process alive. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),

  after (delayMs, run) {
    let timer = arm(delayMs)

    function arm (leftMs: number): NodeJS.Timeout {
      const stepMs = Math.min(leftMs, LONGEST_DELAY_MS)
      return setTimeout(() => {
        if (leftMs > stepMs) timer = arm(leftMs - stepMs)
        else run()
      }, stepMs).unref()
    }
    return () => clearTimeout(timer)
  },

  afterPendingInput (run) {
    let rounds = ARRIVAL_ROUNDS
    const next = (): void => {
      if (rounds-- > 0) setImmediate(next)
      else run()
    }
    next()
  }
}
