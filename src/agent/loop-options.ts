import type { AgentClient } from './client.js'
import type { AgentClock } from './clock.js'
import type { Heartbeat } from './heartbeat.js'
import type { AgentLog } from './log.js'
import type { Warnings } from './warnings.js'

export interface LoopOptions {
  readonly client: Pick<AgentClient, 'claim' | 'report' | 'reportMany' | 'reportAndClaim'>
  /** The loops of a thread share heartbeat and warnings. */
  readonly heartbeat: Heartbeat
  readonly warnings: Warnings
  /** The agent's name, which its loops share. */
  readonly agent: string
  readonly log: AgentLog
  readonly clock: AgentClock
  /** Like Math.random. */
  readonly random: () => number
  /** The pause after a claim without a task, in ms; null where claims wait at the orchestrator. */
  readonly pollEveryMs: number | null
}

export interface LoopSignals {
  /** Aborted when the loop is to claim no more. */
  readonly stopping: AbortSignal
  /** Aborts calls that wait for tasks. */
  readonly claiming: AbortSignal
  /** Aborted at the end of the grace: unfinished tasks and reports are dropped. */
  readonly graceOver: AbortSignal
}
