import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import type { FastifyInstance } from 'fastify'
import type { TaskKind } from './task-kind.js'

/**
 * Swagger UI sets styles from its script and draws its icons from data: URLs; nothing comes from
 * elsewhere. (Its own policy also upgrades to HTTPS, which breaks it on a plain address.)
 */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'", "script-src 'self'", "style-src 'self' 'unsafe-inline'", "img-src 'self' data:",
  "font-src 'self'", "connect-src 'self'", "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'"
].join('; ')

/** Collects the routes that are registered from now on into a description. */
export function describeRoutes (app: FastifyInstance, version: string, kinds: readonly TaskKind[]): void {
  app.register(swagger, {
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
}

/** Serves the description: for programs at /openapi.json, for people at /docs. */
export function serveDocs (app: FastifyInstance): void {
  app.get('/openapi.json', { schema: { hide: true } }, async () => app.swagger())
  app.register(swaggerUi, {
    routePrefix: '/docs',
    staticCSP: CONTENT_SECURITY_POLICY,
    theme: { title: 'Longhand API' },
    uiConfig: { deepLinking: false, validatorUrl: null }
  })
}
