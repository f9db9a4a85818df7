import { createRequire } from 'node:module'
import type { FastifyInstance, FastifyPluginAsync } from 'fastify'
import type { Orchestrator } from '../core/orchestrator/orchestrator.js'
import type { RateLimit } from '../core/orchestrator/rate-limit.js'
import { type BodyBudgetLimits, createBodyBudget } from './connection/body-budget.js'
import { parseJsonBodies } from './connection/json-bodies.js'
import { moreField, createErrorHandler } from './errors.js'
import { fixNotModifiedHeads } from './reply/etag.js'
import { allowOrigins } from './guard/cors.js'
import { checkHeaders } from './guard/header-checks.js'
import { type Guard, type GuardSettings, SAFE_METHODS, createGuard } from './guard/guard.js'
import { createOwnCheck } from './guard/own-agents.js'
import { TOKEN_REQUIRED, WRONG_HOST, WRONG_ORIGIN, describeRefusals } from './guard/refusals.js'
import { requirePackage } from './lazy-load.js'
import { refuseUnknownRoutes } from './not-found.js'
import { createDocs } from './openapi/docs.js'
import { mountOf, pathBelow } from './prefix.js'
import { agentRoutes } from './routes/agents.js'
import { calculateRoutes } from './routes/calculate.js'
import { eventRoutes } from './routes/events.js'
import { expressionRoutes } from './routes/expressions.js'
import { healthRoutes } from './routes/health.js'
import { speakDialects } from './routes/internal/dialects.js'
import { heartbeatRoutes } from './routes/internal/heartbeat.js'
import { taskRoutes } from './routes/internal/task.js'
import { metricsRoutes } from './routes/metrics.js'
import { operationRoutes } from './routes/operations.js'
import { pageRoutes } from './routes/page.js'
import { TASK_KINDS } from './routes/services/kinds.js'
import { kindRoutes } from './routes/services/kind-routes.js'
import { type IdFormat, taskForm } from './schemas/task.js'
import { type TaskKind, formatsOf } from './task-kind.js'
import { compileValidator } from './request/validation.js'
import { hasWaited } from './request/wait-options.js'

/** The settings that the routes need, named as in the environment. */
export interface HttpSettings extends GuardSettings {
  /** Larger bodies are refused. */
  readonly BODY_LIMIT_BYTES: number
  /** How task ids are sent to agents; by default as numbers. */
  readonly TASK_ID_FORMAT?: IdFormat
  /** Whether the forms of the protocol that other agents use are accepted; by default not. */
  readonly DIALECTS?: 'on' | 'off'
  /** The sites that may show the page in a frame, as a CSP source list; by default none. */
  readonly FRAME_ANCESTORS?: string
}

export interface PluginOptions {
  readonly orchestrator: Orchestrator
  readonly settings: HttpSettings
  /** Longhand's version, for the API's description. */
  readonly version: string
  /** Where Fastify mounts the plugin, below the prefix of the scope that registers it. */
  readonly prefix?: string
  /** Keeps what clients can repeat from filling the log. */
  readonly throttle: RateLimit
  /** Answers that take longer are logged, except those that were asked to wait; in ms. */
  readonly slowMs?: number
  /** The token of this process's own agents, which is valid whatever the settings say of others. */
  readonly ownToken?: string
  /** The services beside that of the expressions. */
  readonly kinds?: readonly TaskKind[]
  /** How much memory bodies may take while they are read. */
  readonly bodies?: BodyBudgetLimits
  /**
   * Whether the app has nothing but this plugin. Unknown paths are then answered also without a prefix, which takes the
   * not-found handler of the whole server, and errors have no other handler; by default false.
   */
  readonly isAlone?: boolean
  /** Where the page was built, with `/` at its end; by default in this package. */
  readonly pageFolder?: URL
}

/**
 * The public API, the worker protocol, the API's description, the metrics and the health checks, in a Fastify app.
 *
 * Encapsulated: hooks, parsers, validators, error handler and, below a prefix of its own, the not-found handler are
 * those of the plugin's scope, and the rest of the app keeps its own. Errors that have a status and are not the
 * plugin's, such as those of the app's hooks, go to the app's error handler.
 *
 * Each decision on access is made here, on the request as it arrived, whatever the app trusts or rewrites. A request
 * that the app injects counts as one from this machine, unless it names another address.
 *
 * What bounds connections (time-outs, pipelining, responses that clients do not read) belongs to the server: `app.ts`
 * has it for the stand-alone one alone.
 *
 * When the app closes, the orchestrator drains, in every app that shares it: it takes no new work, and answers requests
 * that wait. It is its owner's to close. With `return503OnClosing: true`, Fastify's default, the app then refuses late
 * reports with 503, and agents repeat them elsewhere or later; with `false`, they are accepted.
 */
export const longhandPlugin: FastifyPluginAsync<PluginOptions> = async (scope, options) => {
  const { orchestrator, settings, version, slowMs = 1_000, kinds = TASK_KINDS, throttle, isAlone = false } = options
  const services = { orchestrator, throttle }
  const isOwn = createOwnCheck(options.ownToken)
  const guard = createGuard(settings, isOwn)
  const formatOf = formatsOf(kinds)

  isolateCompilers(scope)
  scope.setErrorHandler(createErrorHandler(request => formatOf(pathBelow(request, scope)), throttle, !isAlone))
  checkHeaders(scope)
  parseJsonBodies(scope, createBodyBudget(options.bodies), isOwn)
  scope.addHook('onRoute', route => { route.bodyLimit ??= settings.BODY_LIMIT_BYTES })
  fixNotModifiedHeads(scope)
  scope.addHook('preClose', next => {
    orchestrator.drain()
    next()
  })
  const ownsRoot = isAlone || mountOf(options) !== ''
  if (ownsRoot) refuseUnknownRoutes(scope)
  const docs = createDocs(scope, version, kinds)
  // Before all others, because it times them.
  metricsRoutes(scope, services)

  // Not behind the check of the Host: supervisors may use any name.
  scope.register(healthRoutes, services)
  scope.register(async pages => {
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
      clients.register(eventRoutes, services)
      clients.register(operationRoutes, services)
      clients.register(agentRoutes, services)
      for (const kind of kinds) clients.register(kindRoutes, { ...services, kind, sameOrigin: guard.originOfGets })
      docs.serve(clients)
    })
    // Pages of other sites may use the API, not show the page.
    if (ownsRoot) {
      pages.register(async page => {
        logSlow(page, slowMs, throttle)
        page.register(pageRoutes, { ...services, ...pageOptions(options) })
      })
    }
    pages.register(async agents => {
      const agentServices = { ...services, form: taskForm(settings.TASK_ID_FORMAT ?? 'number'), isOwn }
      guardAgents(agents, guard)
      if (settings.DIALECTS === 'on') speakDialects(agents)
      agents.register(taskRoutes, agentServices)
      agents.register(heartbeatRoutes, agentServices)
    })
  })
}

// No `skip-override`: the plugin stays encapsulated.
Object.assign(longhandPlugin, {
  [Symbol.for('plugin-meta')]: { name: 'longhand', fastify: '5.x' },
  [Symbol.for('fastify.display-name')]: 'longhand'
})

function pageOptions ({ settings: { FRAME_ANCESTORS }, pageFolder }: PluginOptions) {
  return {
    ...FRAME_ANCESTORS !== undefined && { frameAncestors: FRAME_ANCESTORS },
    ...pageFolder !== undefined && { folder: pageFolder }
  }
}

/** Routes are validated and serialised by their own schemas also where the app has compilers for others. */
function isolateCompilers (scope: FastifyInstance): void {
  scope.setValidatorCompiler(compileValidator)
  if (scope.serializerCompiler === undefined) return
  // The package is a dependency of Fastify and need not be beside it.
  const requireOfFastify = createRequire(requirePackage.resolve('fastify'))
  const createSelector: typeof import('@fastify/fast-json-stringify-compiler').default =
    requireOfFastify('@fastify/fast-json-stringify-compiler')
  const compile = createSelector()({}, {})
  scope.setSerializerCompiler(route => compile({ httpStatus: '', ...route }))
}

function guardAgents (scope: FastifyInstance, guard: Guard): void {
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
