import type { AgentIdentity } from './agent-identity.js'
import type { Agents } from './agents.js'
import type { Claims } from './claims.js'
import type { LeaseRef, Outcome, Store } from '../store.js'

export interface Heartbeat {
  readonly identity: AgentIdentity
  /** Leases to renew. */
  readonly working: readonly LeaseRef[]
  /** Leases that the agent works on too, but that need no renewal yet. */
  readonly checking?: readonly LeaseRef[]
  readonly releasing: readonly LeaseRef[]
  /** The instance shuts down: its waiting claims are answered, and it gets no more tasks. */
  readonly leaving: boolean
}

/** One outcome for each lease of the heartbeat. */
export interface HeartbeatOutcomes {
  readonly working: readonly Outcome[]
  readonly checking: readonly Outcome[]
  readonly releasing: readonly Outcome[]
}

export async function takeHeartbeat (
  store: Pick<Store, 'renew' | 'check' | 'release'>, agents: Agents, claims: Claims,
  { identity, working, checking = [], releasing, leaving }: Heartbeat
): Promise<HeartbeatOutcomes> {
  agents.seen(identity)
  if (leaving && identity.instance != null) {
    agents.leave(identity)
    claims.dismiss(identity)
  }
  const outcomes = await Promise.all([store.renew(working), store.check(checking), store.release(releasing)])
  return { working: outcomes[0], checking: outcomes[1], releasing: outcomes[2] }
}
