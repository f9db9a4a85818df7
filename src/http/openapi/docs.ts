import Fastify, {
  type FastifyBaseLogger, type FastifyInstance, type FastifyReply, type FastifyRequest, LogController,
  type onRouteHookHandler
} from 'fastify'
import { domainError } from '../../core/errors.js'
import { NO_SNIFF_HEADER, NO_FRAME_HEADERS } from '../guard/header-checks.js'
import { type JsonObject, refineDocument } from './document.js'
import { createErrorHandler } from '../errors.js'
import { lazyLoad, requirePackage } from '../lazy-load.js'
import { problemExample } from './problem-examples.js'
import { isRecord } from '../request/record.js'
import { problems } from '../schemas/problem.js'
import { type TaskKind, formatsOf } from '../task-kind.js'
import { refuseUnknownRoutes } from '../not-found.js'
import { mountOf, pathBelow, pathOf } from '../prefix.js'

/**
 * Swagger UI sets styles from its script and uses data: URLs for its icons; everything else is this server's. (Its own
 * policy also upgrades to HTTPS, which breaks it at a plain http address.)
 */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'", "script-src 'self'", "style-src 'self' 'unsafe-inline'", "img-src 'self' data:",
  "font-src 'self'", "connect-src 'self'", "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'"
].join('; ')

type RegisteredRoute = Parameters<onRouteHookHandler>[0]

/**
 * Collects the routes that are registered from now on, and serves their description: for programs at /openapi.json, for
 * people at /docs.
 *
 * The description is made at the first request for it, by a server of its own that never listens: loading its libraries
 * takes a sixth of the time that a server needs to start, and most servers are never asked.
 */
export function createDocs (app: FastifyInstance, version: string, kinds: readonly TaskKind[]) {
  const routes: RegisteredRoute[] = []
  let openapi: Buffer | undefined
  app.addHook('onRoute', route => {
    if (route.method !== 'HEAD' && route.schema?.hide !== true) routes.push(route)
  })
  const docs = lazyLoad(() => describe(app.log, routes, version, kinds))
  // A failure to load was already reported to its client.
  app.addHook('onClose', async () => { await docs.loaded?.then(({ pages }) => pages.close(), () => {}) })

  return {
    /** Registers the routes of the docs, in the scope whose hooks guard them. */
    serve (scope: FastifyInstance): void {
      scope.get('/openapi.json', { schema: { hide: true } }, async (_request, reply) => {
        const { description } = await docs.load()
        openapi ??= Buffer.from(JSON.stringify(description))
        return reply.type('application/json; charset=utf-8').send(openapi)
      })
      for (const url of ['/docs', '/docs/*']) {
        scope.get(url, { schema: { hide: true } }, async (request, reply) => {
          const { pages } = await docs.load()
          reply.hijack()
          // The links of the page depend on whether its path ends with "/", which a query would hide.
          request.raw.url = pathBelow(request, scope)
          pages.routing(request.raw, reply.raw)
        })
      }
    }
  }
}

/** The description, and the server of the pages at /docs. */
async function describe (
  logger: FastifyBaseLogger, routes: readonly RegisteredRoute[], version: string, kinds: readonly TaskKind[]
): Promise<{ readonly description: JsonObject, readonly pages: FastifyInstance }> {
  const { default: swagger }: typeof import('@fastify/swagger') = requirePackage('@fastify/swagger')
  const { default: swaggerUi }: typeof import('@fastify/swagger-ui') = requirePackage('@fastify/swagger-ui')
  const pages = createPages(logger)
  let description: JsonObject = {}
  await pages.register(swagger, { openapi: documentHead(version, kinds) })
  await pages.register(swaggerUi, {
    routePrefix: '/docs',
    // For the links of the page at /docs, without "/" at its end: a proxy may have removed a prefix.
    indexPrefix: '.',
    transformSpecificationClone: false,
    // Read at /docs/json, one level below /openapi.json.
    transformSpecification: () => ({ ...description, servers: serversAt('..') }),
    staticCSP: CONTENT_SECURITY_POLICY,
    theme: { title: 'Longhand API' },
    uiConfig: { deepLinking: false, validatorUrl: null }
  })
  for (const { method, url, prefix, schema = {}, config } of routes) {
    const response = { ...problems(config?.refusals ?? {}), ...isRecord(schema.response) && schema.response }
    const path = url.slice(mountOf({ prefix }).length)
    pages.route({ method, url: path, schema: { ...schema, response }, handler: unreachable })
  }
  await pages.ready()
  const formatOf = formatsOf(kinds)
  const refined = refineDocument(asSent(pages.swagger()), (operation, status) => {
    const problem = problemExample(operation, status)
    return problem === undefined ? undefined : asSent(formatOf(operation.path)(problem).body)
  })
  description = { ...refined, servers: serversAt('.'), security: [] }
  return { description, pages }
}

function createPages (logger: FastifyBaseLogger): FastifyInstance {
  const pages = Fastify({
    loggerInstance: logger,
    logController: new LogController({ disableRequestLogging: true }),
    childLoggerFactory: parent => parent,
    frameworkErrors: refusePath
  })
  pages.setErrorHandler(refusePath)
  pages.addHook('onRequest', (_request, reply, done) => {
    reply.headers(Object.fromEntries([NO_SNIFF_HEADER, ...NO_FRAME_HEADERS]))
    done()
  })
  refuseUnknownRoutes(pages)
  // The described routes are never called.
  pages.setValidatorCompiler(() => () => true)
  pages.setSerializerCompiler(() => JSON.stringify)
  return pages
}

function documentHead (version: string, kinds: readonly TaskKind[]) {
  return {
    openapi: '3.1.0',
    info: {
      title: 'Longhand',
      version,
      description: 'A calculator that evaluates expressions one operation at a time: submit an expression and poll ' +
        'for its result. Agents claim the operations and report their results.',
      license: { name: 'MIT', identifier: 'MIT' }
    },
    tags: [
      { name: 'expressions', description: 'For clients' },
      ...kinds.map(({ service, kind }) => ({ name: service, description: `In lists of expressions: ?kind=${kind}` })),
      { name: 'operations', description: 'The operations that agents can compute' },
      { name: 'agents', description: 'The worker protocol. Agents on other machines need a token.' },
      { name: 'health', description: 'For supervisors and monitoring' }
    ],
    components: {
      securitySchemes: { token: { type: 'http' as const, scheme: 'bearer', description: 'INTERNAL_TOKEN' } }
    }
  }
}

/** Relative to the URL of the description, so that it is right below any prefix that a proxy removes. */
function serversAt (url: string): JsonObject[] {
  return [{ url, description: 'This server' }]
}

/** A value as it is after it was sent. */
function asSent (value: object): JsonObject {
  return JSON.parse(JSON.stringify(value))
}

const handleError = createErrorHandler()

/** Answers 404 for the paths that @fastify/static refuses: to a client, such files do not exist. */
function refusePath (error: unknown, request: FastifyRequest, reply: FastifyReply): void {
  const isRefusal = error instanceof Error && 'statusCode' in error && Number(error.statusCode) < 500
  const { method } = request
  handleError(isRefusal ? domainError('route_unknown', { method, path: pathOf(request) }) : error, request, reply)
}

function unreachable (): never {
  throw new Error('This route exists only to be described')
}
