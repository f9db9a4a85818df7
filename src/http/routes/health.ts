import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import { withDescription } from '../schemas/common.js'
import { problems } from '../schemas/problem.js'
import type { Services } from '../services.js'

const Health = Type.Object({ status: Type.String({ examples: ['ok', 'draining', 'storage_unavailable'] }) }, {
  title: 'Health'
})

export const healthRoutes: FastifyPluginAsyncTypebox<Services> = async (app, { orchestrator }) => {
  app.addHook('onRequest', (_request, reply, next) => {
    reply.header('cache-control', 'no-store')
    next()
  })

  app.get('/health/live', {
    schema: {
      tags: ['health'],
      operationId: 'getLiveness',
      summary: 'Check that the process is up',
      response: { 200: withDescription('The process is up', Health), ...problems({ 431: 'The headers are too large' }) }
    }
  }, async () => ({ status: 'ok' }))

  app.get('/health/ready', {
    schema: {
      tags: ['health'],
      operationId: 'getReadiness',
      summary: 'Check that the server accepts new work',
      response: {
        200: withDescription('Ready', Health),
        503: {
          ...withDescription('The server is shutting down, or the store is unavailable', Health),
          examples: [{ status: 'storage_unavailable' }]
        },
        ...problems({ 431: 'The headers are too large' })
      }
    }
  }, async (_request, reply) => {
    const { readiness: status } = orchestrator
    return reply.code(status === 'ok' ? 200 : 503).send({ status })
  })
}
