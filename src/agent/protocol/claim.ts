export interface ClaimRequest {
  /** How long the orchestrator may hold the request until there is a task, in seconds; from 0 up. */
  readonly waitSeconds: number
  /** The agent's name, and which of the agents with that name it is. */
  readonly agent: string
  readonly instance: string
  /** Symbols of the operations that the agent supports. */
  readonly operations: readonly string[]
  /** The most tasks of a batch, and what their times may add up to (ms) after the first; null for any time. */
  readonly max: number
  readonly maxMs: number | null
}

/** The query parameters of a claim. */
export function claimQuery ({ waitSeconds, agent, instance, operations, max, maxMs }: ClaimRequest): string {
  return [
    ...waitSeconds > 0 ? [`wait=${waitSeconds}`] : [],
    identityQuery({ agent, instance }),
    `operations=${operations.map(encodeURIComponent).join(',')}`,
    `max=${max}`,
    ...maxMs === null ? [] : [`max_ms=${maxMs}`]
  ].join('&')
}

/** The query parameters that identify the agent. */
export function identityQuery ({ agent, instance }: Pick<ClaimRequest, 'agent' | 'instance'>): string {
  return `agent=${encodeURIComponent(agent)}&instance=${encodeURIComponent(instance)}`
}
