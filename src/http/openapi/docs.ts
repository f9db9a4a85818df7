import Fastify, {
  type FastifyBaseLogger, type FastifyInstance, type FastifyReply, type FastifyRequest, LogController,
  type onRouteHookHandler
} from 'fastify'
import { domainError } from '../../core/errors.js'
import { NOSNIFF, UNFRAMED } from '../guard/header-limits.js'
import { type JsonObject, describeWell } from './description.js'
import { createErrorHandler } from '../errors.js'
import { lazily, requirePackage } from '../lazy.js'
import { problemExample } from './problem-examples.js'
import { problems } from '../schemas/problem.js'
import { type TaskKind, formatsOf } from '../task-kind.js'
import { refuseUnmatched } from '../not-found.js'
import { mountOf, pathBelow, pathOf } from '../prefix.js'

/**
 * Swagger UI sets styles from its script and draws its icons from data: URLs; nothing comes from
 * elsewhere. (Its own policy also upgrades to HTTPS, which breaks it on a plain address.)
 */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'", "script-src 'self'", "style-src 'self' 'unsafe-inline'", "img-src 'self' data:",
  "font-src 'self'", "connect-src 'self'", "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'"
].join('; ')

/**
 * Collects the routes that are registered from now on, and serves their description: for programs
 * at /openapi.json, for people at /docs.
 *
 * It is made at the first look, by a server of its own that never listens: the libraries that make
 * it take a sixth of the time that a server needs to start, and most servers are never asked.
 */
export interface Docs {
  /** The routes, in the scope whose hooks shall guard them. */
  serve (scope: FastifyInstance): void
}

type RegisteredRoute = Parameters<onRouteHookHandler>[0]

export function collectRoutes (app: FastifyInstance, version: string, kinds: readonly TaskKind[]): Docs {
  const routes: RegisteredRoute[] = []
  let openapi: Buffer | undefined
  app.addHook('onRoute', route => {
    if (route.method !== 'HEAD' && route.schema?.hide !== true) routes.push(route)
  })
  const docs = lazily(() => describe(app.log, routes, version, kinds))
  // The client that asked for a description that cannot be made has been told; closing has nothing to add.
  app.addHook('onClose', async () => { await docs.loaded?.then(({ pages }) => pages.close(), () => {}) })

  return {
    serve (scope) {
      scope.get('/openapi.json', { schema: { hide: true } }, async (_request, reply) => {
        const { description } = await docs.load()
        openapi ??= Buffer.from(JSON.stringify(description))
        return reply.type('application/json; charset=utf-8').send(openapi)
      })
      for (const url of ['/docs', '/docs/*']) {
        scope.get(url, { schema: { hide: true } }, async (request, reply) => {
          const { pages } = await docs.load()
          reply.hijack()
          // The page's links are relative to its path, with or without "/" at the end; a query would hide that.
          request.raw.url = pathBelow(request, scope)
          pages.routing(request.raw, reply.raw)
        })
      }
    }
  }
}

/** The description for programs, and the server of the pages for people. */
interface Description {
  readonly description: JsonObject
  readonly pages: FastifyInstance
}

async function describe (
  logger: FastifyBaseLogger, routes: readonly RegisteredRoute[], version: string, kinds: readonly TaskKind[]
): Promise<Description> {
  const { default: swagger }: typeof import('@fastify/swagger') = requirePackage('@fastify/swagger')
  const { default: swaggerUi }: typeof import('@fastify/swagger-ui') = requirePackage('@fastify/swagger-ui')
  const docs = Fastify({
    loggerInstance: logger,
    logController: new LogController({ disableRequestLogging: true }),
    childLoggerFactory: parent => parent,
    frameworkErrors: refusePath
  })
  docs.setErrorHandler(refusePath)
  docs.addHook('onRequest', (_request, reply, done) => {
    reply.headers(Object.fromEntries([NOSNIFF, ...UNFRAMED]))
    done()
  })
  refuseUnmatched(docs)
  let description: JsonObject = {}
  // Nothing is ever sent to these routes.
  docs.setValidatorCompiler(() => () => true)
  docs.setSerializerCompiler(() => JSON.stringify)
  await docs.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Longhand',
        version,
        description: 'A calculator that works expressions out longhand: submit one, poll for its result. Agents ' +
          'claim the operations and report what they come to.',
        license: { name: 'MIT', identifier: 'MIT' }
      },
      tags: [
        { name: 'expressions', description: 'For clients' },
        ...kinds.map(({ service, kind }) => ({ name: service, description: `In lists of expressions: ?kind=${kind}` })),
        { name: 'operations', description: 'What can be computed' },
        { name: 'agents', description: 'The worker protocol. Agents on other machines need a token.' },
        { name: 'health', description: 'For supervisors' }
      ],
      components: { securitySchemes: { token: { type: 'http', scheme: 'bearer', description: 'INTERNAL_TOKEN' } } }
    }
  })
  await docs.register(swaggerUi, {
    routePrefix: '/docs',
    // Links of the page at /docs, without "/" at its end: a proxy may have taken a prefix off.
    indexPrefix: '.',
    transformSpecificationClone: false,
    // Read at /docs/json, one step below the others.
    transformSpecification: () => ({ ...description, servers: serversAt('..') }),
    staticCSP: CONTENT_SECURITY_POLICY,
    theme: { title: 'Longhand API' },
    uiConfig: { deepLinking: false, validatorUrl: null }
  })
  for (const { method, url, prefix, schema = {}, config } of routes) {
    const response = { ...problems(config?.refusals ?? {}), ...schema.response as object | undefined }
    const path = url.slice(mountOf({ prefix }).length)
    docs.route({ method, url: path, schema: { ...schema, response }, handler: unreachable })
  }
  await docs.ready()
  const formatOf = formatsOf(kinds)
  const described = describeWell(plain(docs.swagger()), (operation, status) => {
    const problem = problemExample(operation, status)
    return problem === undefined ? undefined : plain(formatOf(operation.path)(problem).body)
  })
  description = { ...described, servers: serversAt('.'), security: [] }
  return { description, pages: docs }
}

/** Relative to where the description is read, so that it holds below any prefix that a proxy takes off. */
function serversAt (url: string): JsonObject[] {
  return [{ url, description: 'This server' }]
}

/** As it is sent. */
function plain (value: object): JsonObject {
  return JSON.parse(JSON.stringify(value))
}

const handleError = createErrorHandler()

/** Files that may not be asked for are no faults of the server; they are not there. */
function refusePath (error: unknown, request: FastifyRequest, reply: FastifyReply): void {
  const isRefusal = error instanceof Error && 'statusCode' in error && Number(error.statusCode) < 500
  const { method } = request
  handleError(isRefusal ? domainError('route_unknown', { method, path: pathOf(request) }) : error, request, reply)
}

function unreachable (): never {
  throw new Error('Only the description of this route is used')
}
