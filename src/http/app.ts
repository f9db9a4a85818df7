import { maxHeaderSize } from 'node:http'
import Fastify, { type FastifyBaseLogger, type FastifyInstance, LogController } from 'fastify'
import type { Orchestrator } from '../core/orchestrator/orchestrator.js'
import type { RateLimit } from '../core/orchestrator/rate-limit.js'
import { type ConnectionLimits, limitConnections } from './connection/connection-limit.js'
import { checkHeaders } from './guard/header-checks.js'
import { originForm } from './guard/authority.js'
import { parseJsonBodies } from './connection/json-bodies.js'
import { allowOrigins } from './guard/cors.js'
import { createDocs } from './openapi/docs.js'
import { drainOnClose } from './drain.js'
import { moreField, createErrorHandler } from './errors.js'
import { fixNotModifiedHeads } from './reply/etag.js'
import { type Guard, type GuardSettings, SAFE_METHODS, createGuard } from './guard/guard.js'
import { createBodyBudget } from './connection/body-budget.js'
import { LISTENER_LIMITS, type ListenerLimits, createListener, refuseExpectations } from './connection/listener.js'
import { createOwnCheck } from './guard/own-agents.js'
import { hasWaited } from './request/wait-options.js'
import { TOKEN_REQUIRED, WRONG_HOST, WRONG_ORIGIN, describeRefusals } from './guard/refusals.js'
import { agentRoutes } from './routes/agents.js'
import { calculateRoutes } from './routes/calculate.js'
import { TASK_KINDS } from './routes/services/kinds.js'
import { kindRoutes } from './routes/services/kind-routes.js'
import { expressionRoutes } from './routes/expressions.js'
import { healthRoutes } from './routes/health.js'
import { speakDialects } from './routes/internal/dialects.js'
import { heartbeatRoutes } from './routes/internal/heartbeat.js'
import { taskRoutes } from './routes/internal/task.js'
import { metricsRoutes } from './routes/metrics.js'
import { operationRoutes } from './routes/operations.js'
import { type IdFormat, taskForm } from './schemas/task.js'
import { type TaskKind, formatsOf } from './task-kind.js'
import { refuseUnknownRoutes } from './not-found.js'
import { limitResponses } from './connection/response-budget.js'
import { compileValidator } from './request/validation.js'

/** The settings that HTTP needs, named as in the environment. */
export interface HttpSettings extends GuardSettings {
  /** Larger bodies are refused. */
  readonly BODY_LIMIT_BYTES: number
  /** How agents are told ids; by default as numbers. */
  readonly TASK_ID_FORMAT?: IdFormat
  /** Whether agents are spoken to as the wild ones expect; by default not. */
  readonly DIALECTS?: 'on' | 'off'
  /** How long close() lets requests in flight go on, in ms. */
  readonly SHUTDOWN_GRACE_MS: number
}

export interface AppOptions {
  readonly orchestrator: Orchestrator
  readonly settings: HttpSettings
  readonly logger: FastifyBaseLogger
  /** Longhand's version, for the API's description. */
  readonly version: string
  /** Keeps what clients can repeat from filling the log. */
  readonly throttle: RateLimit
  /** Answers that take longer are logged, except those that were asked to wait; in ms. */
  readonly slowMs?: number
  /** How much of the grace is left when close() begins, in ms; all of it where nothing else uses it. */
  readonly graceLeftMs?: () => number
  /** What the agents of this very process show, whatever the settings say of others. */
  readonly ownToken?: string
  /** Of connections, in place of the usual ones. */
  readonly limits?: Partial<ListenerLimits>
  /** How many connections there may be; by default any number. */
  readonly connections?: ConnectionLimits
  /** The services beside that of the expressions. */
  readonly kinds?: readonly TaskKind[]
}

/**
 * The HTTP server, without listening. Requests are not logged, because agents ask thousands of
 * times a second; faults and slow answers are.
 */
export function buildApp (options: AppOptions): FastifyInstance {
  const { orchestrator, settings, logger, version, slowMs = 1_000, kinds = TASK_KINDS, throttle } = options
  const handleError = createErrorHandler(formatsOf(kinds), throttle)
  const listener = createListener({ ...LISTENER_LIMITS, ...options.limits })
  const app = Fastify({
    loggerInstance: logger,
    logController: new LogController({ disableRequestLogging: true }),
    // A logger of its own for each request would cost more than the request; errors.ts adds the id.
    childLoggerFactory: parent => parent,
    // As long as a request line can be: the routes say themselves which parameters they take.
    routerOptions: { maxParamLength: maxHeaderSize },
    bodyLimit: settings.BODY_LIMIT_BYTES,
    rewriteUrl: ({ url = '' }) => originForm(url),
    serverFactory: handler => listener.serve(handler),
    // The listener answers for them.
    clientErrorHandler: () => {},
    frameworkErrors: handleError,
    // While draining, results are taken to the end.
    return503OnClosing: false,
    schemaController: { compilersFactory: { buildValidator: neverAjv } }
  })
  const services = { orchestrator, throttle }
  const isOwn = createOwnCheck(options.ownToken)
  const guard = createGuard(settings, isOwn)
  const form = taskForm(settings.TASK_ID_FORMAT ?? 'number')

  app.setValidatorCompiler(compileValidator)
  app.setErrorHandler(handleError)
  checkHeaders(app)
  if (options.connections !== undefined) limitConnections(app, options.connections, isOwn)
  refuseExpectations(app)
  parseJsonBodies(app, createBodyBudget(options.limits?.bodies), isOwn)
  fixNotModifiedHeads(app)
  limitResponses(app, listener.responses)
  drainOnClose(app, { orchestrator, graceMs: options.graceLeftMs ?? (() => settings.SHUTDOWN_GRACE_MS) })
  refuseUnknownRoutes(app)
  const docs = createDocs(app, version, kinds)
  // Before all others, because it times them.
  metricsRoutes(app, services)

  // Supervisors may come by any name.
  app.register(healthRoutes, services)
  app.register(async pages => {
    pages.addHook('onRequest', guard.host)
    describeRefusals(pages, () => WRONG_HOST)
    pages.register(async clients => {
      // First, so that a page can read why it is refused.
      allowOrigins(clients, settings.ALLOWED_ORIGINS)
      clients.addHook('onRequest', guard.originOfChanges)
      describeRefusals(clients, ({ method }) => SAFE_METHODS.has(String(method)) ? {} : WRONG_ORIGIN)
      logSlow(clients, slowMs, throttle)
      clients.register(calculateRoutes, services)
      clients.register(expressionRoutes, { ...services, services: kinds.map(({ kind }) => kind) })
      clients.register(operationRoutes, services)
      clients.register(agentRoutes, services)
      for (const kind of kinds) clients.register(kindRoutes, { ...services, kind, sameOrigin: guard.originOfGets })
      docs.serve(clients)
    })
    pages.register(async agents => {
      forAgentsOnly(agents, guard)
      if (settings.DIALECTS === 'on') speakDialects(agents)
      agents.register(taskRoutes, { ...services, form, isOwn })
      agents.register(heartbeatRoutes, { ...services, form, isOwn })
    })
  })
  return app
}

/** Fastify loads its Ajv compilers unless it has another factory, also where nobody asks them anything. */
function neverAjv (): never {
  throw new Error('The validator compiler is set already')
}

function forAgentsOnly (scope: FastifyInstance, guard: Guard): void {
  scope.addHook('onRoute', route => {
    // No security at all is one of the two ways in: a peer that needs no token.
    route.schema = { ...route.schema, security: [{}, { token: [] }] }
  })
  describeRefusals(scope, () => ({ ...TOKEN_REQUIRED, ...WRONG_ORIGIN }))
  scope.addHook('onRequest', guard.originOfAgents)
  scope.addHook('onRequest', guard.agents)
}

function logSlow (scope: FastifyInstance, slowMs: number, throttle: RateLimit): void {
  scope.addHook('onResponse', ({ log, id, method, url, routeOptions }, reply, done) => {
    const tookMs = reply.elapsedTime
    if (tookMs >= slowMs && !hasWaited(reply)) {
      throttle.log(`slow ${method} ${routeOptions.url ?? ''}`, more => log.warn({
        reqId: id, method, url, status: reply.statusCode, tookMs: Math.round(tookMs), ...moreField(more)
      }, 'Slow answer'))
    }
    done()
  })
}
