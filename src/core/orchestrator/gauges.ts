import type { Store } from '../store.js'

/** What there is to do, as it stands now, for those who decide how many agents there should be. */
export interface Gauges {
  readonly openExpressions: number
  readonly openOperations: number
  /** Tasks that can be claimed, and tasks that somebody holds, by symbol. */
  readonly ready: ReadonlyMap<string, number>
  readonly leased: ReadonlyMap<string, number>
  /** How long the task that is held longest has been held, in ms; 0 when nobody holds any. */
  readonly leaseAgeMs: number
  /** How long the oldest expression has been waiting of which nothing was claimed yet, in ms; 0 when there is none. */
  readonly queueAgeMs: number
  /** The longest path through what is left of any of the oldest expressions at work, in ms. */
  readonly criticalPathMs: number
}

/** @param now ms since the epoch */
export async function readGauges (
  store: Pick<Store, 'load' | 'taskOverview' | 'backlog'>, now: number
): Promise<Gauges> {
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
}
