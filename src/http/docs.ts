import Fastify, { type FastifyInstance, type RouteOptions } from 'fastify'
import { createErrorHandler } from './errors.js'
import { problems } from './schemas/problem.js'
import type { TaskKind } from './task-kind.js'
import { refuseUnmatched } from './unmatched.js'

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

export function collectRoutes (app: FastifyInstance, version: string, kinds: readonly TaskKind[]): Docs {
  const routes: RouteOptions[] = []
  let loading: Promise<FastifyInstance> | undefined
  let openapi: Buffer | undefined
  app.addHook('onRoute', route => {
    if (route.method !== 'HEAD' && route.schema?.hide !== true) routes.push(route)
  })
  // Who has asked for a description that cannot be made was told so; closing has nothing to say about it.
  app.addHook('onClose', async () => { await loading?.then(docs => docs.close(), () => {}) })

  function load (): Promise<FastifyInstance> {
    loading ??= describe(routes, version, kinds).catch(error => {
      // The next look tries again.
      loading = undefined
      throw error
    })
    return loading
  }

  return {
    serve (scope) {
      scope.get('/openapi.json', { schema: { hide: true } }, async (_request, reply) => {
        const docs = await load()
        openapi ??= Buffer.from(JSON.stringify(docs.swagger()))
        return reply.type('application/json; charset=utf-8').send(openapi)
      })
      for (const url of ['/docs', '/docs/*']) {
        scope.get(url, { schema: { hide: true } }, async (request, reply) => {
          const docs = await load()
          reply.hijack()
          docs.routing(request.raw, reply.raw)
        })
      }
    }
  }
}

async function describe (
  routes: readonly RouteOptions[], version: string, kinds: readonly TaskKind[]
): Promise<FastifyInstance> {
  const [{ default: swagger }, { default: swaggerUi }] = await Promise.all([
    import('@fastify/swagger'), import('@fastify/swagger-ui')
  ])
  const docs = Fastify()
  docs.setErrorHandler(createErrorHandler())
  refuseUnmatched(docs)
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
    staticCSP: CONTENT_SECURITY_POLICY,
    theme: { title: 'Longhand API' },
    uiConfig: { deepLinking: false, validatorUrl: null }
  })
  for (const { method, url, schema = {}, config } of routes) {
    const response = { ...problems(config?.refusals ?? {}), ...schema.response as object | undefined }
    docs.route({ method, url, schema: { ...schema, response }, handler: unreachable })
  }
  await docs.ready()
  return docs
}

function unreachable (): never {
  throw new Error('Only the description of this route is used')
}
