/**
 * Allows pages of ALLOWED_ORIGINS to call the public API: CORS, https://fetch.spec.whatwg.org. The guard decides on
 * access; these headers only inform browsers.
 *
 * Not @fastify/cors: its one `OPTIONS *` route answers preflights for every path of the server, including those of
 * agents and unknown ones, with the same methods for each.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { linesOf } from './header-lines.js'
import { originOf } from './origin.js'

/** Request headers that browsers do not allow by default; Content-Type is here because of application/json. */
const REQUEST_HEADERS = 'Content-Type, Idempotency-Key, If-None-Match, Last-Event-ID, Prefer'

/** Response headers that browsers do not expose by default. */
const RESPONSE_HEADERS = 'ETag, Location, Preference-Applied, Retry-After'

/** How long a browser may cache a preflight. */
const MAX_AGE_S = '600'

/** Applies to the routes that are registered in this scope afterwards. Without origins it does nothing. */
export function allowOrigins (scope: FastifyInstance, origins: readonly string[]): void {
  if (origins.length === 0) return
  const allowed = new Set(origins)
  const methodsOf = new Map<string, Set<string>>()

  function preflight (request: FastifyRequest, reply: FastifyReply): FastifyReply | undefined {
    // An OPTIONS that is no preflight is a method that the path does not have.
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
    // Also without an Origin: a cache must not serve that response to a page.
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
