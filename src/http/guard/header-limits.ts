/** What every request is held to and every answer has, on every path and every listener. */
import type { FastifyInstance } from 'fastify'
import { domainError } from '../../core/errors.js'
import { authorityOf } from './authority.js'

/**
 * More header lines are refused. Far below the 1,000 from which on Node drops lines without a word, whatever they say
 * and whichever server it is that listens.
 */
export const MOST_HEADER_LINES = 200

/** No browser takes an answer for anything but what its Content-Type says. */
export const NOSNIFF = ['x-content-type-options', 'nosniff'] as const

/** No page of another site shows this one in a frame: for older browsers and for those that read policies. */
export const UNFRAMED: ReadonlyArray<readonly [name: string, value: string]> = [
  ['x-frame-options', 'DENY'], ['content-security-policy', "frame-ancestors 'none'"]
]

/** Refuses what is malformed or may not have arrived whole, before anything is decided. */
export function checkArrivals (app: FastifyInstance): void {
  app.addHook('onRequest', (request, reply, done) => {
    reply.header(...NOSNIFF)
    // A server with a limit of its own drops lines as soon as it has so many.
    const limit = Math.min(MOST_HEADER_LINES, (app.server.maxHeadersCount || Infinity) - 1)
    if (request.raw.rawHeaders.length > 2 * limit) return done(domainError('headers_too_many', { limit }))
    const authority = authorityOf(request)
    if (typeof authority === 'string') done(domainError('request_malformed', { reason: authority }))
    else done()
  })
}
