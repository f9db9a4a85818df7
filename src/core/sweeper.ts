import type { Clock } from './clock.js'

/** How long to wait before an expiry that failed is tried again, in ms. */
const RETRY_MS = 1_000

/**
 * Ends leases when they are due, with one timer for all of them: it stands at the earliest
 * deadline, and an idle server has none.
 */
export interface Sweeper {
  /** Says that some lease ends in `delayMs`. */
  expect (delayMs: number): void
  stop (): void
}

/**
 * @param expire ends what is due and answers in how many ms the next lease ends, or null.
 * @param onFault is told when `expire` failed, once until it succeeds; it is tried again.
 */
export function createSweeper (
  clock: Clock, expire: () => Promise<number | null>, onFault: (error: unknown) => void
): Sweeper {
  let dueAt = Infinity
  let cancel = (): void => {}
  let stopped = false
  let failing = false

  function expect (delayMs: number): void {
    const at = clock.monotonic() + delayMs
    if (stopped || at >= dueAt) return
    cancel()
    dueAt = at
    cancel = clock.after(delayMs, sweep)
  }

  function sweep (): void {
    dueAt = Infinity
    expire().then(
      nextMs => {
        failing = false
        if (nextMs !== null) expect(nextMs)
      },
      error => {
        if (!failing) onFault(error)
        failing = true
        expect(RETRY_MS)
      })
  }

  sweep()
  return {
    expect,
    stop () {
      stopped = true
      cancel()
    }
  }
}
