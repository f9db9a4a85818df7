import type { Clock } from '../clock.js'

/** Wait before an expiry that failed is tried again, in ms. */
const RETRY_MS = 1_000

/** A timer that fires this much late, in ms, shows that the process stood still or had no processor. */
const LATE_MS = 20

/** Leases are extended by at most this, in ms, for a time in which the process stood still. */
const MAX_GRACE_MS = 5_000

export type Expiry = ReturnType<typeof createExpiry>

/**
 * Expires leases when they are due, with one timer for all: it is set for the next deadline, and an idle server has
 * none.
 *
 * A pause of this process is not the agents' fault. Results and heartbeats that arrived during the pause are taken in
 * before any lease ends. After a noticeable pause agents get the same time once more, because their requests may have
 * timed out, and agents in this process stood still too.
 *
 * @param expire ends what is due, and returns in how many ms the next deadline is due, or null
 * @param onFault called when `expire` fails, once until it succeeds; it is tried again
 */
export function createExpiry (
  clock: Clock, expire: () => Promise<number | null>, onFault: (error: unknown) => void
) {
  let dueAt = Infinity
  let cancel = (): void => {}
  let isStopped = false
  let isFailing = false

  /** A deadline is due in `delayMs`. */
  function expect (delayMs: number): void {
    const at = clock.monotonic() + delayMs
    if (isStopped || at >= dueAt) return
    cancel()
    dueAt = at
    cancel = clock.after(delayMs, onTimer)
  }

  function onTimer (): void {
    const lateMs = clock.monotonic() - dueAt
    // `dueAt` stays in the past until `run`, so that `expect` sets no other timer meanwhile.
    if (lateMs < LATE_MS) clock.afterPendingInput(run)
    else cancel = clock.after(Math.min(lateMs, MAX_GRACE_MS), () => clock.afterPendingInput(run))
  }

  function run (): void {
    if (isStopped) return
    dueAt = Infinity
    expire().then(
      nextMs => {
        isFailing = false
        if (nextMs !== null) expect(nextMs)
      },
      error => {
        if (!isFailing) onFault(error)
        isFailing = true
        expect(RETRY_MS)
      })
  }

  run()
  return {
    expect,
    stop (): void {
      isStopped = true
      cancel()
    }
  }
}
