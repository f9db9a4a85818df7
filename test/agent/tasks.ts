import type { Heart } from '../../src/agent/heartbeat.js'
import type { AgentTask } from '../../src/agent/task.js'

/** A task of an orchestrator that knows the plain contract only. */
export function plainTask (members: Partial<AgentTask> = {}): AgentTask {
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
  const lease = { lease: `"L${id}"`, leaseMs: timeMs + 10_000 }
  return plainTask({ id: String(id), ...lease, timeMs, takesErrors: true, ...members })
}

/** Of an agent whose orchestrator knows no heartbeats. */
export function heartless (): Heart {
  return {
    needed: () => false,
    hold () {},
    letGo () {},
    async release () {},
    leave: async () => false
  }
}
