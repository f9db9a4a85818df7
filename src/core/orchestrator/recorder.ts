import type { AgentIdentity } from './agent-identity.js'
import type { Agents } from './agents.js'
import type { Events } from './events.js'
import type { Expression } from '../expression.js'
import type { ClaimedTask, Ended, ExpiredLease, Outcome, Report } from '../store.js'

/** What this process has done since its start. */
export interface Counts {
  readonly submitted: number
  /** Tasks claimed. */
  readonly claimed: number
  /** Of these, tasks that had been claimed before. */
  readonly claimedAgain: number
  readonly expired: number
  /** Reports by their outcome. */
  readonly reports: Readonly<Record<Outcome, number>>
}

export type Recorder = ReturnType<typeof createRecorder>

/**
 * The one place where claims, reports and all else that this process does is counted, for metrics, agents and the log.
 */
export function createRecorder (events: Events, agents: Pick<Agents, 'claimed' | 'reported'>) {
  const reports: Record<Outcome, number> = { accepted: 0, ignored: 0, unknown: 0, superseded: 0 }
  let submitted = 0
  let claimed = 0
  let claimedAgain = 0
  let expired = 0

  return {
    submitted (expression: Expression): void {
      submitted++
      events.submitted?.(expression)
    },

    claimed (tasks: readonly ClaimedTask[], identity: AgentIdentity): void {
      if (tasks.length === 0) return
      claimed += tasks.length
      agents.claimed(identity, tasks)
      events.claimed?.(tasks, identity.agent)
      for (const task of tasks) {
        if (task.attempt === 1) continue
        claimedAgain++
        events.claimedAgain?.(task, identity.agent)
      }
    },

    reported (reported: readonly Report[], outcomes: readonly Outcome[], identity: AgentIdentity): void {
      let completed = 0
      for (let index = 0; index < reported.length; index++) {
        const outcome = outcomes[index]!
        reports[outcome]++
        // An accepted error completes nothing.
        if (outcome === 'accepted' && 'result' in reported[index]!) completed++
      }
      events.reported?.(reported, outcomes, identity.agent)
      agents.reported(identity, completed)
    },

    expired (leases: readonly ExpiredLease[]): void {
      expired += leases.length
      if (events.leaseExpired !== undefined) for (const lease of leases) events.leaseExpired(lease)
    },

    finished (id: number, { status, error }: Ended): void {
      if (error === null) events.finished?.(id, status)
      else events.failed?.(id, error)
    },

    read: (): Counts => ({ submitted, claimed, claimedAgain, expired, reports: { ...reports } })
  }
}
