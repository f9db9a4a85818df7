import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Expression } from '../core/expression.js'

/**
 * Names the content of this answer for caches, and answers 304 when the client has it already
 * (RFC 9110, section 13.1.2). True when that was the answer.
 *
 * @param version differs whenever the content does; no quotes in it
 */
export function wasUnchanged (request: FastifyRequest, reply: FastifyReply, version: string): boolean {
  const tag = `"${version}"`
  // It may be kept, and has to be asked for again each time.
  reply.header('etag', tag).header('cache-control', 'no-cache')
  const known = request.headers['if-none-match']
  if (known === undefined || !names(known, tag)) return false
  reply.code(304).send()
  return true
}

/**
 * Keeps the answer 304 to a HEAD from saying that what the client has is 0 bytes long (RFC 9110, section 8.6).
 * Fastify's own hook for HEAD takes an answer without a body for an empty one.
 */
export function correctHeads (app: FastifyInstance): void {
  app.addHook('onRoute', route => {
    if (route.method !== 'HEAD') return
    const own = route.onSend ?? []
    route.onSend = [...Array.isArray(own) ? own : [own], (_request, reply, payload, done) => {
      if (reply.statusCode === 304) reply.removeHeader('content-length')
      done(null, payload)
    }]
  })
}

/** Whether an If-None-Match has this tag; a weak one is as good here. */
function names (list: string, tag: string): boolean {
  return list.trim() === '*' || list.split(',').some(candidate => candidate.trim().replace(/^W\//, '') === tag)
}

/**
 * Everything about an expression that changes follows from these. The times are among them because
 * a store that was begun anew gives the same ids again, and a claim may be forgotten by a power loss.
 */
export function versionOf ({ id, status, createdAt, startedAt, finishedAt, operations }: Expression): string {
  const times = [createdAt, startedAt, finishedAt].map(at => at?.toString(36) ?? '')
  return `${id}.${times.join('.')}.${operations.completed}.${status}`
}
