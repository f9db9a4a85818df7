/** A JavaScript timer that is set for longer fires at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1

export interface Backoff {
  /** Upper bound of the first delay. */
  readonly baseMs: number
  /** No delay is longer. */
  readonly capMs: number
}

/** For an orchestrator that cannot be reached or does not want to hear us now. */
export const RETRY: Backoff = { baseMs: 100, capMs: 5_000 }

/**
 * "Full jitter" of the AWS article "Exponential Backoff And Jitter": any delay between 0 and a bound that
 * doubles, so that agents that lost their orchestrator together do not come back together.
 *
 * @param attempt 0 for the first delay.
 * @param random Like Math.random: at least 0, below 1.
 * @returns ms
 */
export function fullJitter (attempt: number, random: () => number, { baseMs, capMs }: Backoff = RETRY): number {
  return random() * Math.min(capMs, baseMs * 2 ** attempt)
}

/**
 * Fulfilled after `ms` (any number; 0 and less is at once) or as soon as `signal` is aborted,
 * whichever is first; never rejected. Who needs to know which asks the signal.
 */
export function sleep (ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise(resolve => {
    let left = ms
    let timer: NodeJS.Timeout | undefined

    function next (): void {
      if (!(left > 0) || signal?.aborted === true) {
        finish()
        return
      }
      const step = Math.min(left, LONGEST_TIMER_MS)
      left -= step
      timer = setTimeout(next, step)
    }

    function finish (): void {
      clearTimeout(timer)
      signal?.removeEventListener('abort', finish)
      resolve()
    }

    signal?.addEventListener('abort', finish)
    next()
  })
}
