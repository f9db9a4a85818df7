/**
 * An agent as it presents itself: a name for people, and what tells processes (or threads) of one name apart. Neither
 * grants anything.
 */
export interface AgentIdentity {
  /** Null for an agent that does not say. */
  readonly agent: string | null
  readonly instance?: string | null
  /** Where an agent without a name connects from, which keeps it apart from others without one. */
  readonly address?: string | undefined
}

/** What tells agents apart: the name, or the address of one without. */
export function agentKey ({ agent, address = '' }: AgentIdentity): string {
  return agent === null ? `@${address}` : `=${agent}`
}
