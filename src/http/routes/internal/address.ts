import type { FastifyRequest } from 'fastify'
import type { AgentIdentity } from '../../../core/orchestrator/agent-identity.js'

/** Adds the peer's address to an agent without a name, which is identified by it. */
export function withAddress<Agent extends AgentIdentity> (
  agent: Agent, { raw: { socket } }: Pick<FastifyRequest, 'raw'>
): Agent {
  return agent.agent === null ? { ...agent, address: socket.remoteAddress } : agent
}
