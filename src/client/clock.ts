/** Time as the client sees it; tests turn it by hand. */
export interface ClientClock {
  /** Monotonic, in ms from an arbitrary start. */
  monotonic (): number
  /** Calls `run` once after `delayMs`, at most 2^31 - 1. Returns a function that cancels it. */
  after (delayMs: number, run: () => void): () => void
}

export const realClock: ClientClock = {
  monotonic: () => performance.now(),

  after (delayMs, run) {
    const timer = setTimeout(run, delayMs)
    return () => clearTimeout(timer)
  }
}

/** Fulfilled after `delayMs`. @throws the reason of the signal, as soon as it is aborted */
export async function pause (clock: ClientClock, delayMs: number, signal?: AbortSignal): Promise<void> {
  signal?.throwIfAborted()
  let end = (): void => {}
  const ended = new Promise<void>(resolve => { end = resolve })
  const cancel = clock.after(delayMs, end)
  signal?.addEventListener('abort', end)
  await ended
  cancel()
  signal?.removeEventListener('abort', end)
  signal?.throwIfAborted()
}
