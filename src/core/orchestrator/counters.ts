import type { ClaimedTask, Outcome, Report } from '../store.js'

/** What this process has done since it was started; every number only grows. */
export interface Counts {
  readonly submitted: number
  /** Tasks handed out. */
  readonly claimed: number
  /** Of these, tasks that had been handed out before. */
  readonly claimedAgain: number
  /** Leases that ended without a word. */
  readonly expired: number
  /** Reports of agents, by what became of them. */
  readonly reports: Readonly<Record<Outcome, number>>
}

export interface Counters {
  submitted (): void
  claimed (tasks: readonly ClaimedTask[]): void
  expired (count: number): void
  reported (outcomes: readonly Outcome[]): void
  /** As it stands now. */
  read (): Counts
}

export function createCounters (): Counters {
  const reports: Record<Outcome, number> = { accepted: 0, ignored: 0, unknown: 0, superseded: 0 }
  let submitted = 0
  let claimed = 0
  let claimedAgain = 0
  let expired = 0

  return {
    submitted () {
      submitted++
    },

    claimed (tasks) {
      claimed += tasks.length
      for (const { attempt } of tasks) if (attempt > 1) claimedAgain++
    },

    expired (count) {
      expired += count
    },

    reported (outcomes) {
      for (const outcome of outcomes) reports[outcome]++
    },

    read: () => ({ submitted, claimed, claimedAgain, expired, reports: { ...reports } })
  }
}

/** Results that counted; an error that was accepted completes nothing. */
export function countCompleted (reports: readonly Report[], outcomes: readonly Outcome[]): number {
  let count = 0
  for (let index = 0; index < reports.length; index++) {
    if (outcomes[index] === 'accepted' && 'result' in reports[index]!) count++
  }
  return count
}
