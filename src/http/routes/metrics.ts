import type { FastifyInstance } from 'fastify'
import { lazyLoad, requirePackage } from '../lazy-load.js'
import { type Metrics, createMetrics } from '../metrics.js'
import { hasWaited } from '../request/wait-options.js'
import { problems } from '../schemas/problem.js'
import type { Services } from '../services.js'

/**
 * Metrics for Prometheus. The library is loaded, and requests are timed, from the first scrape on: loading it takes a
 * tenth of the server's start.
 *
 * @param app the server itself, whose responses are timed
 */
export function metricsRoutes (app: FastifyInstance, { orchestrator }: Services): void {
  let metrics: Metrics | undefined
  const lazy = lazyLoad(() => {
    metrics = createMetrics(requirePackage('prom-client'), orchestrator)
    return metrics
  })

  app.addHook('onResponse', ({ method, routeOptions }, reply, done) => {
    if (metrics !== undefined && !hasWaited(reply)) {
      const { url: route = 'unknown' } = routeOptions
      metrics.observe({ method, route, status: reply.statusCode, seconds: reply.elapsedTime / 1000 })
    }
    done()
  })

  app.get('/metrics', {
    schema: {
      tags: ['health'],
      operationId: 'getMetrics',
      summary: 'Get metrics for Prometheus',
      response: {
        200: {
          description: 'Metrics in the Prometheus text format',
          content: { 'text/plain': { schema: { type: 'string', examples: ['longhand_store_up 1\n'] } } }
        },
        ...problems({ 431: 'The headers are too large' })
      }
    }
  }, async (_request, reply) => {
    const { contentType, read } = await lazy.load()
    return reply.header('cache-control', 'no-store').type(contentType).send(await read())
  })
}
