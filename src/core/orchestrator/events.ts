import type { Expression } from '../expression.js'
import type { ExpressionFailure } from '../queue/failure.js'
import type { ClaimedTask, ExpiredLease, Outcome, Report } from '../store.js'
import type { AgentIdentity } from './agent-identity.js'

/**
 * What happens here, for the log: each server tells what it did itself. An observer takes part in nothing, and must not
 * throw. One that is left out costs a look at whether it is there.
 */
export interface Events {
  failed? (id: number, error: ExpressionFailure): void
  /** A lease ended without a word. */
  leaseExpired? (lease: ExpiredLease): void
  /** The task had been handed out before. */
  claimedAgain? (task: ClaimedTask, agent: string | null): void
  /** An agent speaks for the first time, or again after it was gone. */
  agentConnected? (who: AgentIdentity): void
  /** It said that it leaves, or has not been heard from for so long that it is taken to be away. */
  agentGone? (who: AgentIdentity, why: 'left' | 'silent'): void
  submitted? (expression: Expression): void
  claimed? (tasks: readonly ClaimedTask[], agent: string | null): void
  reported? (reports: readonly Report[], outcomes: readonly Outcome[], agent: string | null): void
  /** Completed or cancelled. */
  finished? (id: number, status: Expression['status']): void
}
