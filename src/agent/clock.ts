import { setTimeout } from 'node:timers/promises'

/** Time as an agent sees it; tests turn it by hand. */
export interface AgentClock {
  /** Monotonic, in ms, from an arbitrary start. */
  monotonic (): number
  /** Fulfilled after `ms` or when `signal` is aborted, whichever is first. */
  sleep (ms: number, signal: AbortSignal): Promise<void>
}

export const realClock: AgentClock = { monotonic: () => performance.now(), sleep }

/** A JavaScript timer with a longer delay fires at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1

/**
 * Fulfilled after `ms` (any number; 0 and less is at once) or as soon as `signal` is aborted, whichever is first. Never
 * rejected: a caller that has to tell the two apart asks the signal.
 */
export async function sleep (ms: number, signal?: AbortSignal): Promise<void> {
  for (let left = ms; left > 0 && signal?.aborted !== true; left -= LONGEST_TIMER_MS) {
    await setTimeout(Math.min(left, LONGEST_TIMER_MS), undefined, { signal }).catch(() => {})
  }
}
