import { type Backoff, createRetry, fullJitter } from './backoff.js'
import type { LoopOptions, LoopSignals } from './loop-options.js'
import type { ClaimedTasks } from './protocol/task.js'

/**
 * Claims without a task begin at least this long apart. A claim that waited does; one that is answered at once, because
 * the orchestrator is draining or does not let claims wait, is followed by a pause of this and more.
 */
const PACE_MS = 1_000
const PACE_GROWTH: Backoff = { baseMs: 1_000, capMs: 4_000 }

/** Claims at the pace of the claim policy, and retries with backoff. The claim is null when there is no task. */
export function createClaimer (
  { client, warnings, clock, random, pollEveryMs }: LoopOptions, { stopping, claiming }: LoopSignals
): () => Promise<ClaimedTasks | null> {
  const retry = createRetry(clock, random, warnings.claims)
  /** Claims in a row that were answered at once and without a task. */
  let immediate = 0

  return async () => {
    const beganAt = clock.monotonic()
    let claimed: ClaimedTasks | null
    try {
      claimed = await client.claim(claiming)
    } catch (error) {
      if (!stopping.aborted) await retry.pause(error, stopping)
      return null
    }
    retry.succeeded()
    if (claimed !== null || clock.monotonic() - beganAt >= PACE_MS) {
      immediate = 0
      return claimed
    }
    await clock.sleep(pollEveryMs ?? PACE_MS + fullJitter(immediate++, random, PACE_GROWTH), stopping)
    return null
  }
}
