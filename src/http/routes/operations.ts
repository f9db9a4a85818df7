import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { OperationsAnswer, operationView } from '../schemas/operation.js'
import type { Services } from '../services.js'

export const operationRoutes: FastifyPluginAsyncTypebox<Services> = async (app, { orchestrator }) => {
  app.get('/api/v1/operations', {
    schema: {
      tags: ['operations'],
      operationId: 'listOperations',
      summary: 'List the operations and their times',
      response: { 200: OperationsAnswer }
    }
  }, async () => ({ operations: orchestrator.operations().map(operationView), optimized: orchestrator.optimizes }))
}
