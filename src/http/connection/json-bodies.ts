import type { IncomingHttpHeaders } from 'node:http'
import type { Readable } from 'node:stream'
import { type FastifyInstance, type FastifyRequest, errorCodes } from 'fastify'
import { domainError } from '../../core/errors.js'
import type { BodyBudget } from './body-budget.js'
import type { OwnCheck } from '../guard/own-agents.js'

type Done = (error: Error | null, body?: unknown) => void

/** RFC 8259, section 8.1: JSON between systems is UTF-8. ASCII is a part of it. */
const CHARSETS: ReadonlySet<string> = new Set(['utf-8', 'utf8', 'us-ascii'])

/**
 * Accepts bodies in JSON and UTF-8 only, not compressed. A body without a Content-Type is read as JSON, so that a plain
 * client needs no header. Members named `__proto__`, or `constructor` with a `prototype`, are refused like malformed
 * text.
 *
 * Many clients send a Content-Type with every request: it is ignored where a route takes no body and none is sent.
 */
export function parseJsonBodies (app: FastifyInstance, budget: BodyBudget, isOwn: OwnCheck): void {
  const parseSafely = app.getDefaultJsonParser('error', 'error')

  function parseJson (request: FastifyRequest, text: string, done: Done): void {
    const encoding = request.headers['content-encoding'] ?? 'identity'
    if (encoding.toLowerCase() !== 'identity') {
      return done(domainError('content_encoding_unsupported', { found: encoding }))
    }
    const charset = unsupportedCharset(request.headers['content-type'] ?? '')
    if (charset !== undefined) return done(domainError('charset_unsupported', { found: charset }))
    if (text === '') return done(domainError('body_invalid', { reason: 'it is empty' }))
    parseSafely(request, text, (error, body) => {
      if (error !== null) done(domainError('body_invalid', { reason: reasonOf(text) }))
      // Later on, null would look like a body that is missing.
      else if (body === null) done(domainError('body_invalid', { reason: 'it is null' }))
      else done(null, body)
    })
  }

  app.removeAllContentTypeParsers()
  function read (request: FastifyRequest, payload: Readable, done: Done, parse: (text: string) => void): void {
    const { raw, routeOptions: { bodyLimit = app.initialConfig.bodyLimit ?? Infinity } } = request
    budget.read(raw, payload, bodyLimit, () => isOwn(raw), (error, text) => {
      if (error !== null) done(error)
      else if (text === '' && takesNoBody(request)) done(null)
      else parse(text)
    })
  }

  app.addContentTypeParser('application/json', (request, payload, done) => {
    read(request, payload, done, text => parseJson(request, text, done))
  })
  app.addContentTypeParser('*', (request, payload, done) => {
    read(request, payload, done, text => {
      if (request.headers['content-type'] === undefined) parseJson(request, text, done)
      else done(new errorCodes.FST_ERR_CTP_INVALID_MEDIA_TYPE())
    })
  })
  // Before Fastify refuses the media type.
  app.addHook('onRequest', (request, _reply, done) => {
    const { headers } = request
    if (headers['content-type'] !== undefined && takesNoBody(request) && isEmpty(headers)) {
      delete headers['content-type']
    }
    done()
  })
}

function takesNoBody ({ routeOptions: { schema } }: FastifyRequest): boolean {
  return schema?.body === undefined
}

function isEmpty (headers: IncomingHttpHeaders): boolean {
  return headers['transfer-encoding'] === undefined && Number(headers['content-length'] ?? 0) === 0
}

/** The first charset of a Content-Type that is not supported. */
function unsupportedCharset (contentType: string): string | undefined {
  if (!contentType.includes(';')) return undefined
  const named = contentType.matchAll(/;\s*charset\s*=\s*"?([^\s;"]*)/gi)
  return [...named].map(([, charset = '']) => charset).find(charset => !CHARSETS.has(charset.toLowerCase()))
}

/** Why a text was refused, and where; parses it again to find out. */
function reasonOf (text: string): string {
  try {
    // The parser skips a byte order mark; positions count from the character after it.
    JSON.parse(text.replace(/^\uFEFF/, ''))
  } catch (error) {
    return `it is not JSON: ${error instanceof Error ? error.message : String(error)}`
  }
  return 'it has a member "__proto__", or a "constructor" with a "prototype"'
}
