import type { Heartbeat } from '../../src/agent/heartbeat.js'
import type { ForeignTask } from '../../src/agent/dialects/task.js'
import type { AgentTask } from '../../src/agent/protocol/task.js'

/** A task of an orchestrator that speaks the plain contract only. */
export function plainTask (members: Partial<ForeignTask> = {}): ForeignTask {
  return {
    id: '1',
    lease: null,
    leaseMs: null,
    operation: '*',
    left: 6,
    right: 7,
    timeMs: 0,
    echo: '',
    wrapped: '',
    takesErrors: false,
    ...members
  }
}

/** A task of our own orchestrator. */
export function leasedTask (id: number, timeMs = 0, members: Partial<AgentTask> = {}): AgentTask {
  return {
    id: String(id),
    lease: `"L${id}"`,
    leaseMs: timeMs + 10_000,
    operation: '*',
    left: 6,
    right: 7,
    timeMs,
    ...members
  }
}

/** The heartbeat of an agent whose orchestrator does not support heartbeats. */
export function noHeartbeat (): Heartbeat {
  return {
    isNeeded: () => false,
    track () {},
    untrack () {},
    async release () {},
    leave: async () => false
  }
}
