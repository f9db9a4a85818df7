import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { AgentsAnswer, agentsView } from '../schemas/agent.js'
import { UNAVAILABLE, problems } from '../schemas/problem.js'
import type { Services } from '../services.js'

export const agentRoutes: FastifyPluginAsyncTypebox<Services> = async (app, { orchestrator }) => {
  app.get('/api/v1/agents', {
    schema: {
      tags: ['agents'],
      operationId: 'listAgents',
      summary: 'List the agents with their tasks, and the work that no agent can do',
      response: { 200: AgentsAnswer, ...problems({ 503: UNAVAILABLE }) }
    }
  }, async (_request, reply) => {
    reply.header('cache-control', 'no-store')
    return agentsView(await orchestrator.agents())
  })
}
