import type { ClaimRequest } from './claim.js'
import { isObject } from './json.js'
import type { AgentTask } from './task.js'

export interface HeartbeatMessage {
  /** Tasks whose leases are to be renewed. */
  readonly working: readonly AgentTask[]
  /** Tasks that are worked on as well, whose leases need no renewal yet. */
  readonly checking?: readonly AgentTask[]
  readonly releasing: readonly AgentTask[]
  /** The agent shuts down: it wants its waiting claims answered, and no more tasks. */
  readonly leaving: boolean
}

export function heartbeatBody (
  { agent, instance }: Pick<ClaimRequest, 'agent' | 'instance'>,
  { working, checking = [], releasing, leaving }: HeartbeatMessage
): string {
  const names = `"agent":${JSON.stringify(agent)},"instance":${JSON.stringify(instance)}`
  const lists = `"tasks":[${working.map(leaseOf)}],"release":[${releasing.map(leaseOf)}]`
  const checked = checking.length === 0 ? '' : `,"check":[${checking.map(leaseOf)}]`
  return `{${names},${lists}${checked}${leaving ? ',"leaving":true' : ''}}`
}

/** Ids of tasks that are lost or cancelled. @throws Error when the answer is not one to a heartbeat */
export function endedIn (answer: unknown): ReadonlySet<string> {
  if (!isObject(answer)) throw new Error('The orchestrator answered something that is not a heartbeat')
  const { lost, cancelled } = answer
  if (!Array.isArray(lost) || !Array.isArray(cancelled)) throw new Error('The orchestrator does not support heartbeats')
  return new Set([...lost, ...cancelled].map(id => JSON.stringify(id)))
}

function leaseOf ({ id, lease }: AgentTask): string {
  return `{"id":${id},"lease":${lease}}`
}
