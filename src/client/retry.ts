import type { LonghandError } from './error.js'

export interface RetryPolicy {
  /** How often a request is repeated before its error is thrown; default 8. */
  readonly retries?: number
  /** Upper bound of the first delay, in ms; it doubles with each failure in a row. Default 250. */
  readonly baseMs?: number
  /** Upper bound of all delays, in ms, to which a Retry-After is added; default 10,000. */
  readonly capMs?: number
}

export const DEFAULT_RETRY: Required<RetryPolicy> = { retries: 8, baseMs: 250, capMs: 10_000 }

/** A longer Retry-After is cut to this, in seconds. */
const LONGEST_RETRY_AFTER_S = 60

/**
 * How long to wait before a request is repeated, in ms: at random, so that clients that lost their server together do
 * not come back together.
 *
 * @param failures those in a row before this one
 * @param random like Math.random
 */
export function delayMs (
  { baseMs, capMs }: Pick<Required<RetryPolicy>, 'baseMs' | 'capMs'>, failures: number, random: () => number,
  { retryAfterS = 0 }: Pick<LonghandError, 'retryAfterS'>
): number {
  // A base of 0 would never grow.
  const bound = Math.min(capMs, Math.max(1, baseMs) * 2 ** failures)
  return Math.min(retryAfterS, LONGEST_RETRY_AFTER_S) * 1000 + random() * bound
}
