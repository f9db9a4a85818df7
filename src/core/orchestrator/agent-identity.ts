/** How an agent presents itself. Grants nothing. */
export interface AgentIdentity {
  /** For people; null for an agent without a name. */
  readonly agent: string | null
  /** Tells processes or threads of one name apart. */
  readonly instance?: string | null
  /** Where an agent without a name connects from; tells it apart from others without one. */
  readonly address?: string | undefined
}

/** The agent's name, or the address of one without a name. */
export function agentKey ({ agent, address = '' }: AgentIdentity): string {
  return agent === null ? `@${address}` : `=${agent}`
}
