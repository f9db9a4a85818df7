import type { AgentIdentity } from './agent-identity.js'
import type { Expression } from '../expression.js'
import type { ExpressionFailure } from '../queue/failure.js'
import type { ClaimedTask, ExpiredLease, Outcome, Report } from '../store.js'

/**
 * What this server does, for its log. An observer changes nothing and must not throw. One that is missing costs a check
 * whether it is there.
 */
export interface Events {
  failed? (id: number, error: ExpressionFailure): void
  leaseExpired? (lease: ExpiredLease): void
  /** The task had been claimed before. */
  claimedAgain? (task: ClaimedTask, agent: string | null): void
  /** The agent's first request, or its first after it was gone. */
  agentConnected? (identity: AgentIdentity): void
  /** The agent said that it leaves, or has been silent for `SILENT_AFTER_MS`. */
  agentGone? (identity: AgentIdentity, why: 'left' | 'silent'): void
  submitted? (expression: Expression): void
  claimed? (tasks: readonly ClaimedTask[], agent: string | null): void
  reported? (reports: readonly Report[], outcomes: readonly Outcome[], agent: string | null): void
  /** Completed or cancelled. */
  finished? (id: number, status: Expression['status']): void
}
