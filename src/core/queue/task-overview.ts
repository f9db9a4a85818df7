/** How long work waits, and how much of it is left. */
export interface Backlog {
  /** Submit time of the oldest expression without a claim, ms since the epoch; null for none. */
  readonly waitingSince: number | null
  /** The longest remaining path of that expression and of the `MAX_IN_PROGRESS` oldest in progress, in ms. */
  readonly criticalPathMs: number
}

/** Expressions that the backlog looks at: each costs up to its number of operations, and 100,000 may be in progress. */
export const MAX_IN_PROGRESS = 100

/** Which tasks are ready and which are leased. */
export interface TaskOverview {
  /** Number of ready tasks by symbol; symbols without any are left out. */
  readonly ready: ReadonlyMap<string, number>
  readonly leased: readonly LeasedTask[]
}

export interface LeasedTask {
  readonly id: number
  readonly expression: number
  readonly symbol: string
  readonly agent: string | null
  /** Ms since the epoch. */
  readonly since: number
}
