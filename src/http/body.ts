import { type FastifyInstance, errorCodes } from 'fastify'

/**
 * Bodies are JSON and nothing else. One without a Content-Type is read as JSON, so that a plain
 * client needs no header. Members named `__proto__`, or `constructor` with a `prototype`, are
 * refused like malformed text.
 */
export function readJsonOnly (app: FastifyInstance): void {
  const parseJson = app.getDefaultJsonParser('error', 'error')
  app.removeContentTypeParser('text/plain')
  app.addContentTypeParser('*', { parseAs: 'string' }, (request, body, done) => {
    if (request.headers['content-type'] === undefined) parseJson(request, String(body), done)
    else done(new errorCodes.FST_ERR_CTP_INVALID_MEDIA_TYPE())
  })
}
