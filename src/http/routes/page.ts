import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import { DomainError, domainError } from '../../core/errors.js'
import type { Orchestrator } from '../../core/orchestrator/orchestrator.js'
import { errorHeadersOf, problemOf } from '../errors.js'
import { documentOf } from '../page/document.js'
import { CODINGS, createPageFiles } from '../page/files.js'
import { baseOf, greetingOf } from '../page/greeting.js'
import { expressionContent, failureContent, listContent } from '../page/tables.js'
import { endsWithSlash, pathOf, withSlash } from '../prefix.js'
import type { Html } from '../reply/html.js'
import { acceptedCoding, prefersHtml, varyOn } from '../reply/negotiation.js'
import type { Services } from '../services.js'

export interface PageOptions extends Services {
  /** The CSP source list of the sites that may show the page in a frame; by default none. */
  readonly frameAncestors?: string
  /** Where the page was built, with `/` at its end; by default in this package. */
  readonly folder?: URL
}

/** Expressions in the list for browsers without scripts. */
const LISTED = 100
/** Operations, likewise. */
const OPERATIONS = 1_000

const NOT_BUILT = 'The page is not built. In a clone, "npm run build" builds it.\n'

/** The page: a document for browsers, a text for other clients, and the files of the document. */
export const pageRoutes: FastifyPluginAsync<PageOptions> = async (app, options) => {
  const { orchestrator, frameAncestors = "'none'" } = options
  const filesOf = createPageFiles(options.folder)
  const headers = headersOf(frameAncestors)

  app.get('/', { schema: { hide: true } }, async (request, reply) => {
    varyOn(reply, 'Accept')
    reply.headers(headers).header('cache-control', 'no-cache')
    if (!prefersHtml(request.headers.accept)) return sendText(reply, greetingOf(baseOf(request, app)))
    // The links of the document are relative.
    if (!endsWithSlash(request)) return reply.redirect(withSlash(request), 308)
    const files = await filesOf()
    if (files === null) return sendText(reply.code(503), NOT_BUILT)
    const { status, title, content, headers: ofError = [] } = await shownTo(request, orchestrator)
    for (const [name, value] of ofError) reply.header(name, value)
    return reply.code(status).type('text/html; charset=utf-8').send(documentOf(files, title, content))
  })

  app.get<{ Params: { file: string } }>('/page/:file', { schema: { hide: true } }, async (request, reply) => {
    const file = (await filesOf())?.byName.get(request.params.file)
    if (file === undefined) {
      throw domainError('route_unknown', { method: request.method, path: pathOf(request) })
    }
    varyOn(reply, 'Accept-Encoding')
    const coding = acceptedCoding(request.headers['accept-encoding'] ?? '', CODINGS)
    if (coding !== undefined) reply.header('content-encoding', coding)
    return reply
      .type(file.type)
      // The name has the hash of the contents.
      .header('cache-control', 'public, max-age=31536000, immutable')
      .send(coding === undefined ? file.contents : file.coded[coding])
  })
}

interface Shown {
  readonly status: number
  readonly title: string
  readonly content: Html
  /** As the API answers the same error. */
  readonly headers?: ReadonlyArray<readonly [name: string, value: string]>
}

/** What a browser without scripts shows at this address. */
async function shownTo ({ query }: FastifyRequest, orchestrator: Orchestrator): Promise<Shown> {
  const id = idOf(query)
  const title = id === null ? 'Longhand' : `${id} · Longhand`
  try {
    if (id !== null) {
      const page = await orchestrator.operationsOf(id, { limit: OPERATIONS })
      return { status: 200, title, content: expressionContent(page) }
    }
    const expressions = await orchestrator.expressions({ limit: LISTED, latest: true })
    return { status: 200, title, content: listContent(expressions.toReversed(), LISTED) }
  } catch (error) {
    if (!(error instanceof DomainError)) throw error
    // The script of the page also handles what is not there or away.
    const { status, title: reason, detail } = problemOf(error)
    return { status, title, content: failureContent(reason, detail), headers: errorHeadersOf(error) }
  }
}

/** As the script of the page reads it. */
function idOf (query: unknown): number | null {
  const text = typeof query === 'object' && query !== null && 'id' in query ? query.id : undefined
  return typeof text === 'string' && /^\d{1,15}$/.test(text) && Number(text) > 0 ? Number(text) : null
}

function sendText (reply: FastifyReply, text: string): FastifyReply {
  return reply.type('text/plain; charset=utf-8').send(text)
}

function headersOf (frameAncestors: string): Record<string, string> {
  return {
    'content-security-policy': [
      "default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self' data: blob:",
      "connect-src 'self'", "base-uri 'none'", "form-action 'none'", `frame-ancestors ${frameAncestors}`
    ].join('; '),
    // Where browsers send no Sec-Fetch-Site, the guard needs the Referer of this page's own requests.
    'referrer-policy': 'same-origin',
    // For older browsers; it cannot name other sites.
    ...frameAncestors === "'none'" && { 'x-frame-options': 'DENY' }
  }
}
