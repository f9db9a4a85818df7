import type { FastifyInstance, FastifyRequest } from 'fastify'
import { type DomainError, domainError } from '../core/errors.js'
import { pathOf } from './prefix.js'

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'] as const

/**
 * Answers 405 for a known path with another method, and 404 for other paths. As a hook and not
 * only as the handler of what was not found, so that it comes before anything is said of a body.
 */
export function refuseUnmatched (app: FastifyInstance): void {
  app.addHook('onRequest', (request, _reply, done) => {
    if (request.is404) done(unmatched(app, request))
    else done()
  })
  app.setNotFoundHandler(request => { throw unmatched(app, request) })
}

function unmatched (app: FastifyInstance, request: FastifyRequest): DomainError {
  const { method } = request
  const path = pathOf(request)
  const allowed = METHODS.filter(candidate => app.findRoute({ method: candidate, url: path }) !== null)
  // A path whose own route found nothing (a file that is not there) is as unknown as any other.
  const isKnown = allowed.length > 0 && !allowed.some(candidate => candidate === method)
  return isKnown
    ? domainError('method_not_allowed', { method, allowed: allowed.join(', ') })
    : domainError('route_unknown', { method, path })
}
