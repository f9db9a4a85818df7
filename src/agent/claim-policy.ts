import type { ClaimRequest } from './protocol/claim.js'

export interface ClaimPolicyOptions {
  /** How many tasks each claim asks for; null for many of those that are short. */
  readonly taskNum: number | null
  /** The pause between claims without a task, in ms; null to wait at the orchestrator. */
  readonly pollEveryMs: number | null
  /** Loops that this thread may run at once. */
  readonly loopsPerThread: number
}

/**
 * How long a claim waits, in seconds: short enough for proxies, most of which cut a silent connection after 60 and some
 * after 30, and for a dead connection to be noticed soon. Many loops wait longer, so that a thousand idle ones claim 20
 * times a second in all: at 50 times they took 3.6 % of a core.
 */
const WAIT_SECONDS = 20
const LONGEST_WAIT_SECONDS = 50
const LOOPS_A_SECOND = 10

/**
 * The largest batch that an agent asks for by itself, and what its operation times may add up to, in ms. A call costs
 * some tenths of a millisecond: much for operations that take no time, and little beside some ms, for which another
 * slot may be free.
 */
const MAX_BATCH = 64
const MAX_BATCH_MS = 10

/** How many tasks a claim asks for, and how long it waits; `claimer.ts` has the pace of claims without a task. */
export function claimPolicyOf (
  { taskNum, pollEveryMs, loopsPerThread }: ClaimPolicyOptions
): Pick<ClaimRequest, 'waitSeconds' | 'max' | 'maxMs'> {
  const waitSeconds = Math.min(LONGEST_WAIT_SECONDS, Math.max(WAIT_SECONDS, loopsPerThread / LOOPS_A_SECOND))
  return {
    waitSeconds: pollEveryMs === null ? waitSeconds : 0,
    max: taskNum ?? MAX_BATCH,
    maxMs: taskNum === null ? MAX_BATCH_MS : null
  }
}
