import type { FastifyInstance, FastifyRequest } from 'fastify'
import { type DomainError, domainError } from '../core/errors.js'
import { pathOf } from './prefix.js'

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'] as const

/**
 * Answers 405 for a known path with another method, and 404 for other paths. A hook does so before the body is read and
 * validated; the handler remains for files that are not found.
 */
export function refuseUnknownRoutes (app: FastifyInstance): void {
  app.addHook('onRequest', (request, _reply, done) => {
    if (request.is404) done(notFoundError(app, request))
    else done()
  })
  app.setNotFoundHandler(request => { throw notFoundError(app, request) })
}

function notFoundError (app: FastifyInstance, request: FastifyRequest): DomainError {
  const { method } = request
  const path = pathOf(request)
  const allowed = METHODS.filter(candidate => app.findRoute({ method: candidate, url: path }) !== null)
  // A path whose own route found nothing, such as a missing file, is unknown too.
  const isKnown = allowed.length > 0 && !allowed.some(candidate => candidate === method)
  return isKnown
    ? domainError('method_not_allowed', { method, allowed: allowed.join(', ') })
    : domainError('route_unknown', { method, path })
}
