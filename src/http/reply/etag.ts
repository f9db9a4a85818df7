import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { EVENT_STREAM } from '../schemas/events.js'
import type { Expression } from '../../core/expression.js'

/**
 * Sets the ETag, and answers 304 when the client has this version already (RFC 9110, section 13.1.2).
 *
 * @param version differs whenever the content does; without quotes
 * @returns whether 304 was sent
 */
export function isNotModified (request: FastifyRequest, reply: FastifyReply, version: string): boolean {
  const tag = `"${version}"`
  // Caches may store it, and must revalidate it each time.
  reply.header('etag', tag).header('cache-control', 'no-cache')
  const known = request.headers['if-none-match']
  if (known === undefined || !matches(known, tag)) return false
  reply.code(304).send()
  return true
}

/**
 * Removes `content-length: 0` from a 304 to a HEAD, where it would be the length of the client's copy (RFC 9110,
 * section 8.6), and from an event stream, which has no length. Fastify's own hook for HEAD treats a response without a
 * body as an empty one.
 */
export function fixNotModifiedHeads (app: FastifyInstance): void {
  app.addHook('onRoute', route => {
    if (route.method !== 'HEAD') return
    const own = route.onSend ?? []
    route.onSend = [...Array.isArray(own) ? own : [own], (_request, reply, payload, done) => {
      const isStream = reply.getHeader('content-type') === EVENT_STREAM
      if (reply.statusCode === 304 || isStream) reply.removeHeader('content-length')
      done(null, payload)
    }]
  })
}

/** Whether an If-None-Match has this tag, also as a weak one. */
function matches (list: string, tag: string): boolean {
  return list.trim() === '*' || list.split(',').some(candidate => candidate.trim().replace(/^W\//, '') === tag)
}

/**
 * Changes whenever the expression does. The times are part of it, because a new store assigns the same ids again, and a
 * power loss may undo a claim.
 */
export function versionOf ({ id, status, createdAt, startedAt, finishedAt, operations }: Expression): string {
  const times = [createdAt, startedAt, finishedAt].map(at => at?.toString(36) ?? '')
  return `${id}.${times.join('.')}.${operations.completed}.${status}`
}
