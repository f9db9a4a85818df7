/** The header checks of every request and the security headers of every response. */
import type { Server } from 'node:http'
import type { FastifyInstance } from 'fastify'
import { domainError } from '../../core/errors.js'
import { authorityOf } from './authority.js'

/**
 * More header lines are refused. Far below the 1,000 above which Node silently drops lines.
 */
export const MAX_HEADER_LINES = 200

/** Browsers must not guess another type than the Content-Type. */
export const NO_SNIFF_HEADER = ['x-content-type-options', 'nosniff'] as const

/** Pages of other sites must not show this one in a frame; the first header is for older browsers. */
export const NO_FRAME_HEADERS: ReadonlyArray<readonly [name: string, value: string]> = [
  ['x-frame-options', 'DENY'], ['content-security-policy', "frame-ancestors 'none'"]
]

/** Refuses requests that are malformed or may have lost header lines, before any other hook decides on them. */
export function checkHeaders (app: FastifyInstance): void {
  app.addHook('onRequest', (request, reply, done) => {
    reply.header(...NO_SNIFF_HEADER)
    const { socket } = request.raw
    // A server drops the lines beyond its limit. A foreign app may pass on requests that another server received.
    const { maxHeadersCount } = 'server' in socket && isHttpServer(socket.server) ? socket.server : app.server
    const limit = Math.min(MAX_HEADER_LINES, (maxHeadersCount || Infinity) - 1)
    if (request.raw.rawHeaders.length > 2 * limit) return done(domainError('headers_too_many', { limit }))
    const authority = authorityOf(request)
    if (typeof authority === 'string') done(domainError('request_malformed', { reason: authority }))
    else done()
  })
}

function isHttpServer (value: unknown): value is Pick<Server, 'maxHeadersCount'> {
  return typeof value === 'object' && value !== null && 'maxHeadersCount' in value
}
