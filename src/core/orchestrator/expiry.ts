import type { Clock } from '../clock.js'

/** How long to wait before an expiry that failed is tried again, in ms. */
const RETRY_MS = 1_000

/** A timer that fires so much (ms) after its time tells that the process stood still, or had no processor. */
const LATE_MS = 20

/** Leases are granted no more than this, in ms, for a time in which the process stood still. */
const MOST_GRACE_MS = 5_000

/**
 * Ends leases when they are due, with one timer for all of them: it stands at the earliest
 * deadline, and an idle server has none.
 *
 * A pause of this process is not the agents' fault: results and heartbeats that have arrived meanwhile are taken in
 * before any lease is ended. After a pause that shows, agents are given as long as it was once more, because their
 * requests may have timed out, and agents of this process stood still with it.
 */
export interface Expiry {
  /** Says that some lease ends in `delayMs`. */
  expect (delayMs: number): void
  stop (): void
}

/**
 * @param expire ends what is due and answers in how many ms the next lease ends, or null.
 * @param onFault is told when `expire` failed, once until it succeeds; it is tried again.
 */
export function createExpiry (
  clock: Clock, expire: () => Promise<number | null>, onFault: (error: unknown) => void
): Expiry {
  let dueAt = Infinity
  let cancel = (): void => {}
  let stopped = false
  let failing = false

  function expect (delayMs: number): void {
    const at = clock.monotonic() + delayMs
    if (stopped || at >= dueAt) return
    cancel()
    dueAt = at
    cancel = clock.after(delayMs, ring)
  }

  function ring (): void {
    const lateMs = clock.monotonic() - dueAt
    // `dueAt` stays in the past until it has swept, so that nothing arms another timer meanwhile.
    if (lateMs < LATE_MS) clock.afterPendingInput(sweep)
    else cancel = clock.after(Math.min(lateMs, MOST_GRACE_MS), () => clock.afterPendingInput(sweep))
  }

  function sweep (): void {
    if (stopped) return
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
