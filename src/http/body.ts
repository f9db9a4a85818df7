import { type FastifyInstance, type FastifyRequest, errorCodes } from 'fastify'
import { domainError } from '../core/errors.js'

type Done = (error: Error | null, body?: unknown) => void

/**
 * Bodies are JSON and nothing else, and not compressed. One without a Content-Type is read as JSON, so that a plain
 * client needs no header. Members named `__proto__`, or `constructor` with a `prototype`, are
 * refused like malformed text.
 */
export function readJsonOnly (app: FastifyInstance): void {
  const parseSafely = app.getDefaultJsonParser('error', 'error')

  function parseJson (request: FastifyRequest, text: string, done: Done): void {
    const encoding = request.headers['content-encoding'] ?? 'identity'
    if (encoding.toLowerCase() !== 'identity') {
      return done(domainError('content_encoding_unsupported', { found: encoding }))
    }
    if (text === '') return done(domainError('body_invalid', { reason: 'it is empty' }))
    parseSafely(request, text, (error, body) => {
      if (error !== null) done(domainError('body_invalid', { reason: reasonOf(text) }))
      // What is not there would look the same later on.
      else if (body === null) done(domainError('body_invalid', { reason: 'it is null' }))
      else done(null, body)
    })
  }

  app.removeContentTypeParser(['application/json', 'text/plain'])
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (request, text, done) => {
    parseJson(request, String(text), done)
  })
  app.addContentTypeParser('*', { parseAs: 'string' }, (request, text, done) => {
    if (request.headers['content-type'] === undefined) parseJson(request, String(text), done)
    else done(new errorCodes.FST_ERR_CTP_INVALID_MEDIA_TYPE())
  })
}

/** What is wrong with a text that was refused, and where; it is parsed again only for this. */
function reasonOf (text: string): string {
  try {
    JSON.parse(text)
  } catch (error) {
    return `it is not JSON: ${error instanceof Error ? error.message : String(error)}`
  }
  return 'it has a member "__proto__", or a "constructor" with a "prototype"'
}
