/**
 * Time, as core sees it. Injected, so that tests turn it by hand and a wall clock that jumps can
 * neither expire nor prolong a lease.
 */
export interface Clock {
  /** Wall time in ms since the epoch: for people (`created_at`), never for leases. */
  now (): number
  /** Monotonic time in ms from an arbitrary start: for leases and waiting. */
  monotonic (): number
  /** Calls `run` once after `delayMs` (any finite number ≥ 0); the answer cancels it. */
  after (delayMs: number, run: () => void): () => void
  /** Calls `run` once when whatever has arrived at this process by now (requests in its sockets) has been taken in. */
  afterPendingInput (run: () => void): void
}
