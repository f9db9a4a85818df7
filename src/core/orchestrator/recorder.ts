import type { Events } from './events.js'
import type { Expression } from '../expression.js'
import type { ClaimedTask, Ended, ExpiredLease, Outcome, Report } from '../store.js'
import { type Counts, createCounters } from './counters.js'

/** Counts what this process does, and tells it to the log. */
export interface Recorder {
  submitted (expression: Expression): void
  claimed (tasks: readonly ClaimedTask[], agent: string | null): void
  reported (reports: readonly Report[], outcomes: readonly Outcome[], agent: string | null): void
  expired (leases: readonly ExpiredLease[]): void
  ended (id: number, ended: Ended): void
  /** What has been counted up to now. */
  read (): Counts
}

export function createRecorder (events: Events): Recorder {
  const tally = createCounters()
  return {
    submitted (expression) {
      tally.submitted()
      events.submitted?.(expression)
    },

    claimed (tasks, agent) {
      tally.claimed(tasks)
      events.claimed?.(tasks, agent)
      if (events.claimedAgain === undefined) return
      for (const task of tasks) if (task.attempt > 1) events.claimedAgain(task, agent)
    },

    reported (reports, outcomes, agent) {
      tally.reported(outcomes)
      events.reported?.(reports, outcomes, agent)
    },

    expired (leases) {
      tally.expired(leases.length)
      if (events.leaseExpired !== undefined) for (const lease of leases) events.leaseExpired(lease)
    },

    ended (id, { status, error }) {
      if (error === null) events.finished?.(id, status)
      else events.failed?.(id, error)
    },

    read: tally.read
  }
}
