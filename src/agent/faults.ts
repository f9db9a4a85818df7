import { type AgentLog, reasonOf } from './log.js'

/**
 * Failures in a row of one kind, as all loops of a thread meet them: each reason is logged once until the orchestrator
 * answers again, not by each loop and at each attempt.
 */
export interface Faults {
  note (error: unknown): void
  /** A call of this kind was answered. */
  over (): void
}

/** What the loops of a thread complain of. */
export interface Complaints {
  readonly claims: Faults
  readonly reports: Faults
}

/** An answer may have something in it that is never the same twice: so many reasons are logged, and no more. */
const MOST_REASONS = 10

/** @param message what every line of a failure says */
export function createFaults (agent: string, log: AgentLog, message: string): Faults {
  let attempts = 0
  const reasons = new Set<string>()
  return {
    note (error) {
      attempts++
      const reason = reasonOf(error)
      if (reasons.has(reason) || reasons.size >= MOST_REASONS) return
      reasons.add(reason)
      log.warn({ agent, reason }, message)
    },
    over () {
      if (attempts > 0) log.info({ agent, attempts }, 'The orchestrator answers again')
      attempts = 0
      reasons.clear()
    }
  }
}

export function createComplaints (agent: string, log: AgentLog): Complaints {
  return {
    claims: createFaults(agent, log, 'The orchestrator gives no tasks; trying again'),
    reports: createFaults(agent, log, 'A result was not taken; holding it and trying again')
  }
}
