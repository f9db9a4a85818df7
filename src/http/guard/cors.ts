/**
 * Lets pages of ALLOWED_ORIGINS call the public API: CORS, as https://fetch.spec.whatwg.org has it. The guard decides
 * what they may do; this only tells browsers.
 *
 * Not @fastify/cors: its one `OPTIONS *` route answers preflights for every path of the server, those of agents and
 * those that do not exist included, and names the same methods for each.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { linesOf } from './header-lines.js'
import { originOf } from './origin.js'

/** Beside those that browsers let every page send, and Content-Type with JSON. */
const REQUEST_HEADERS = 'Content-Type, Idempotency-Key, If-None-Match, Last-Event-ID, Prefer'

/** Beside those that browsers let every page read. */
const RESPONSE_HEADERS = 'ETag, Location, Preference-Applied, Retry-After'

/** For how long a browser need not ask again. */
const MAX_AGE_S = '600'

/** For the routes that are registered in this scope from now on. Without origins nothing is added to any answer. */
export function allowOrigins (scope: FastifyInstance, origins: readonly string[]): void {
  if (origins.length === 0) return
  const allowed = new Set(origins)
  const methodsOf = new Map<string, Set<string>>()

  function preflight (request: FastifyRequest, reply: FastifyReply): FastifyReply | undefined {
    // Any other OPTIONS is answered like every method that the path does not have.
    if (linesOf(request.raw, 'access-control-request-method').length === 0) {
      reply.callNotFound()
      return undefined
    }
    if (isAllowed(request)) {
      const methods = [...methodsOf.get(request.routeOptions.url ?? '') ?? []]
      reply.headers({
        'access-control-allow-methods': methods.join(', '),
        'access-control-allow-headers': REQUEST_HEADERS,
        'access-control-max-age': MAX_AGE_S
      })
    }
    return reply.code(204).send()
  }

  function isAllowed (request: FastifyRequest): boolean {
    return allowed.has(originOf(request) ?? '')
  }

  scope.addHook('onRequest', (request, reply, done) => {
    // Also where there is no Origin: a cache must not give that answer to a page.
    reply.header('vary', 'Origin')
    if (isAllowed(request)) {
      reply.header('access-control-allow-origin', originOf(request))
      if (request.method !== 'OPTIONS') reply.header('access-control-expose-headers', RESPONSE_HEADERS)
    }
    done()
  })

  scope.addHook('onRoute', function ({ method, url, routePath }) {
    if (method === 'OPTIONS') return
    const methods = methodsOf.get(url) ?? new Set()
    for (const one of [method].flat()) methods.add(one)
    if (methodsOf.has(url)) return
    methodsOf.set(url, methods)
    this.options(routePath, { schema: { hide: true } }, preflight)
  })
}
