import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import { answer } from '../schemas/common.js'
import type { Services } from '../services.js'

const Health = Type.Object({ status: Type.String({ examples: ['ok', 'draining', 'storage_unavailable'] }) })

export const healthRoutes: FastifyPluginCallbackTypebox<Services> = (app, { orchestrator }, done) => {
  app.addHook('onRequest', (_request, reply, next) => {
    reply.header('cache-control', 'no-store')
    next()
  })

  app.get('/health/live', {
    schema: {
      tags: ['health'],
      summary: 'Whether the process answers',
      response: { 200: answer('It does', Health) }
    }
  }, async () => ({ status: 'ok' }))

  app.get('/health/ready', {
    schema: {
      tags: ['health'],
      summary: 'Whether new work is taken, and can be kept',
      response: {
        200: answer('It is', Health),
        503: answer('The server is shutting down, or cannot keep anything right now', Health)
      }
    }
  }, async (_request, reply) => {
    const { readiness: status } = orchestrator
    return reply.code(status === 'ok' ? 200 : 503).send({ status })
  })
  done()
}
