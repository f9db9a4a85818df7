import type { AgentClock } from './clock.js'
import type { Warning } from './warnings.js'

export interface Backoff {
  /** Upper bound of the first delay. */
  readonly baseMs: number
  /** Upper bound of all delays. */
  readonly capMs: number
}

/** For an orchestrator that is unreachable or asks to try later. */
export const RETRY: Backoff = { baseMs: 100, capMs: 5_000 }

/**
 * "Full jitter" of the AWS article "Exponential Backoff And Jitter": a random delay between 0 and a bound that doubles,
 * so that agents that lost their orchestrator together do not come back together.
 *
 * @param attempt 0 for the first delay.
 * @param random Like Math.random: at least 0, below 1.
 * @returns ms
 */
export function fullJitter (attempt: number, random: () => number, { baseMs, capMs }: Backoff = RETRY): number {
  return random() * Math.min(capMs, baseMs * 2 ** attempt)
}

/** The retries of one loop. Each loop has its own pace, so that the loops of a thread spread. */
export function createRetry (clock: AgentClock, random: () => number, warning: Warning) {
  let attempts = 0
  return {
    async pause (error: unknown, signal: AbortSignal): Promise<void> {
      warning.failed(error)
      await clock.sleep(fullJitter(attempts++, random), signal)
    },

    succeeded (): void {
      warning.succeeded()
      attempts = 0
    }
  }
}
