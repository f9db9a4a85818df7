/**
 * Time, injected: tests advance it by hand, and a wall clock that jumps neither expires nor extends a lease.
 */
export interface Clock {
  /** Wall time in ms since the epoch: for people (`created_at`), not for leases. */
  now (): number
  /** Monotonic time in ms from an arbitrary start: for leases and waiting. */
  monotonic (): number
  /** Calls `run` once after `delayMs` (finite, ≥ 0). Returns a function that cancels it. */
  after (delayMs: number, run: () => void): () => void
  /** Calls `run` once when the process has read what is in its sockets now. */
  afterPendingInput (run: () => void): void
}

/** Calls `run` every `intervalMs` ms until the answer is called. */
export function repeat (clock: Pick<Clock, 'after'>, intervalMs: number, run: () => void): () => void {
  let cancel = clock.after(intervalMs, next)
  function next (): void {
    cancel = clock.after(intervalMs, next)
    run()
  }
  return () => cancel()
}
