import { type AgentLog, describeError } from './log.js'

/** An answer may contain text that differs each time, so the number of logged reasons is bounded. */
const MOST_REASONS = 10

export type Warning = ReturnType<typeof createWarning>

export type Warnings = ReturnType<typeof createWarnings>

/**
 * Logs failures in a row of one kind of call for all loops of a thread: each reason once until a call succeeds, not
 * once for each loop and attempt.
 *
 * @param message text of every line about a failure
 */
export function createWarning (agent: string, log: AgentLog, message: string) {
  let attempts = 0
  const reasons = new Set<string>()
  return {
    failed (error: unknown): void {
      attempts++
      const reason = describeError(error)
      if (reasons.has(reason) || reasons.size >= MOST_REASONS) return
      reasons.add(reason)
      log.warn({ agent, reason }, message)
    },

    succeeded (): void {
      if (attempts > 0) log.info({ agent, attempts }, 'The orchestrator answers again')
      attempts = 0
      reasons.clear()
    }
  }
}

/** The warnings that the loops of a thread share. */
export function createWarnings (agent: string, log: AgentLog) {
  return {
    claims: createWarning(agent, log, 'Cannot get tasks from the orchestrator; retrying'),
    reports: createWarning(agent, log, 'Result not delivered; keeping it and retrying')
  }
}
