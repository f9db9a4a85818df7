import type { IncomingHttpHeaders } from 'node:http'
import { type FastifyInstance, type FastifyRequest, errorCodes } from 'fastify'
import { domainError } from '../../core/errors.js'
import type { Incoming } from './body-budget.js'
import type { OwnCheck } from '../guard/own-agents.js'

type Done = (error: Error | null, body?: unknown) => void

/** RFC 8259, section 8.1: JSON between systems is UTF-8. ASCII is a part of it. */
const CHARSETS: ReadonlySet<string> = new Set(['utf-8', 'utf8', 'us-ascii'])

/**
 * Bodies are JSON and nothing else, in UTF-8, and not compressed. One without a Content-Type is read as JSON, so that
 * a plain client needs no header. Members named `__proto__`, or `constructor` with a `prototype`, are
 * refused like malformed text.
 *
 * Many clients name a media type for every request. Where a route takes no body and none comes, any will do.
 */
export function readJsonOnly (app: FastifyInstance, incoming: Incoming, isOwn: OwnCheck): void {
  const parseSafely = app.getDefaultJsonParser('error', 'error')

  function parseJson (request: FastifyRequest, text: string, done: Done): void {
    const encoding = request.headers['content-encoding'] ?? 'identity'
    if (encoding.toLowerCase() !== 'identity') {
      return done(domainError('content_encoding_unsupported', { found: encoding }))
    }
    const charset = foreignCharset(request.headers['content-type'] ?? '')
    if (charset !== undefined) return done(domainError('charset_unsupported', { found: charset }))
    if (text === '') return done(domainError('body_invalid', { reason: 'it is empty' }))
    parseSafely(request, text, (error, body) => {
      if (error !== null) done(domainError('body_invalid', { reason: reasonOf(text) }))
      // What is not there would look the same later on.
      else if (body === null) done(domainError('body_invalid', { reason: 'it is null' }))
      else done(null, body)
    })
  }

  app.removeAllContentTypeParsers()
  function read (request: FastifyRequest, done: Done, parse: (text: string) => void): void {
    const { raw, routeOptions: { bodyLimit = app.initialConfig.bodyLimit ?? Infinity } } = request
    incoming.read(raw, bodyLimit, () => isOwn(raw), (error, text) => {
      if (error !== null) done(error)
      else if (text === '' && takesNoBody(request)) done(null)
      else parse(text)
    })
  }

  app.addContentTypeParser('application/json', (request, _payload, done) => {
    read(request, done, text => parseJson(request, text, done))
  })
  app.addContentTypeParser('*', (request, _payload, done) => {
    read(request, done, text => {
      if (request.headers['content-type'] === undefined) parseJson(request, text, done)
      else done(new errorCodes.FST_ERR_CTP_INVALID_MEDIA_TYPE())
    })
  })
  // Fastify looks at the media type first.
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

/** The first character set of a Content-Type that is not read. */
function foreignCharset (contentType: string): string | undefined {
  if (!contentType.includes(';')) return undefined
  const named = contentType.matchAll(/;\s*charset\s*=\s*"?([^\s;"]*)/gi)
  return [...named].map(([, charset = '']) => charset).find(charset => !CHARSETS.has(charset.toLowerCase()))
}

/** What is wrong with a text that was refused, and where; it is parsed again only for this. */
function reasonOf (text: string): string {
  try {
    // The parser passes over a byte order mark; places count from behind it.
    JSON.parse(text.replace(/^\uFEFF/, ''))
  } catch (error) {
    return `it is not JSON: ${error instanceof Error ? error.message : String(error)}`
  }
  return 'it has a member "__proto__", or a "constructor" with a "prototype"'
}
