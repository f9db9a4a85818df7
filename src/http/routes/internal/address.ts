import type { FastifyRequest } from 'fastify'
import type { AgentIdentity } from '../../../core/orchestrator/agent-identity.js'

/** An agent without a name is told apart by the address of its peer, which costs a look at the socket. */
export function located<Agent extends AgentIdentity> (
  agent: Agent, { raw: { socket } }: Pick<FastifyRequest, 'raw'>
): Agent {
  return agent.agent === null ? { ...agent, address: socket.remoteAddress } : agent
}
