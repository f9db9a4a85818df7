import { isUnavailable } from '../errors.js'
import type { Store } from '../store.js'

/** The work that there is now: what autoscaling needs. */
export interface Gauges {
  readonly openExpressions: number
  readonly openOperations: number
  /** Number of tasks that are ready, and of those that are leased, by symbol. */
  readonly ready: ReadonlyMap<string, number>
  readonly leased: ReadonlyMap<string, number>
  /** Age of the oldest lease, in ms; 0 for none. */
  readonly leaseAgeMs: number
  /** Age of the oldest expression without a claim, in ms; 0 for none. */
  readonly queueAgeMs: number
  /** The longest remaining path of the oldest expressions in progress, in ms. */
  readonly criticalPathMs: number
}

/**
 * @param now ms since the epoch
 * @returns null while the store is unavailable
 */
export async function readGauges (
  store: Pick<Store, 'load' | 'taskOverview' | 'backlog' | 'serves'>, now: number
): Promise<Gauges | null> {
  if (!store.serves()) return null
  try {
    const [load, { ready, leased: tasks }, { waitingSince, criticalPathMs }] =
      await Promise.all([store.load(), store.taskOverview(), store.backlog()])
    const leased = new Map<string, number>()
    for (const { symbol } of tasks) leased.set(symbol, (leased.get(symbol) ?? 0) + 1)
    return {
      ...load,
      ready,
      leased,
      // The wall clock may have been set back.
      leaseAgeMs: tasks.reduce((longest, { since }) => Math.max(longest, now - since), 0),
      queueAgeMs: waitingSince === null ? 0 : Math.max(0, now - waitingSince),
      criticalPathMs
    }
  } catch (error) {
    if (isUnavailable(error)) return null
    throw error
  }
}
