/** What a store says of all its work at once, for people and for metrics. */

export interface Backlog {
  /** When the oldest expression was submitted of which nothing was claimed yet, ms since the epoch; null for none. */
  readonly waitingSince: number | null
  /** The longest path through what is left of that one and of the `MOST_AT_WORK` oldest at work, in ms. */
  readonly criticalPathMs: number
}

/** Looking at an expression costs as much as it has operations at worst, and there may be 100,000 of them. */
export const MAX_IN_PROGRESS = 100

export interface TaskOverview {
  /** How many tasks can be claimed right now, by symbol; symbols without any are left out. */
  readonly ready: ReadonlyMap<string, number>
  readonly leased: readonly LeasedTask[]
}

/** A task that an agent holds. */
export interface LeasedTask {
  readonly id: number
  readonly expression: number
  readonly symbol: string
  readonly agent: string | null
  /** Ms since the epoch. */
  readonly since: number
}
