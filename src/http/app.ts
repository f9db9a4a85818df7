import { maxHeaderSize } from 'node:http'
import Fastify, { type FastifyBaseLogger, type FastifyInstance, LogController } from 'fastify'
import type { Clock } from '../core/clock.js'
import { type ConnectionLimits, limitConnections } from './connection/connection-limit.js'
import { LISTENER_LIMITS, type ListenerLimits, createListener, refuseExpectations } from './connection/listener.js'
import { limitResponses } from './connection/response-budget.js'
import { drainOnClose } from './drain.js'
import { createErrorHandler } from './errors.js'
import { originForm } from './guard/authority.js'
import { createOwnCheck } from './guard/own-agents.js'
import { type PluginOptions, longhandPlugin } from './plugin.js'
import { pathOf } from './prefix.js'
import { TASK_KINDS } from './routes/services/kinds.js'
import { formatsOf } from './task-kind.js'

export interface AppOptions extends Omit<PluginOptions, 'bodies' | 'isAlone' | 'prefix'> {
  readonly clock: Pick<Clock, 'after'>
  readonly logger: FastifyBaseLogger
  /** How long close() lets requests in flight go on, in ms; asked when it begins. */
  readonly graceLeftMs: () => number
  /** Of connections, in place of the usual ones. */
  readonly limits?: Partial<ListenerLimits>
  /** How many connections there may be; by default any number. */
  readonly connections?: ConnectionLimits
}

/**
 * The stand-alone HTTP server, without listening: the plugin in a Fastify whose connections are bounded and which
 * drains when it is closed. Requests are not logged, because agents send thousands a second; faults and slow answers
 * are.
 */
export function buildApp (options: AppOptions): FastifyInstance {
  const { orchestrator, logger, clock, graceLeftMs, kinds = TASK_KINDS, throttle } = options
  const limits = { ...LISTENER_LIMITS, ...options.limits }
  const listener = createListener(limits, clock)
  const formatOf = formatsOf(kinds)
  const app = Fastify({
    loggerInstance: logger,
    logController: new LogController({ disableRequestLogging: true }),
    // A logger of its own for each request would cost more than the request; errors.ts adds the id.
    childLoggerFactory: parent => parent,
    // As long as a request line can be: the routes say themselves which parameters they take.
    routerOptions: { maxParamLength: maxHeaderSize },
    rewriteUrl: ({ url = '' }) => originForm(url),
    serverFactory: handler => listener.serve(handler),
    // The listener answers for them.
    clientErrorHandler: () => {},
    frameworkErrors: createErrorHandler(request => formatOf(pathOf(request)), throttle),
    // While draining, results are taken to the end.
    return503OnClosing: false,
    schemaController: { compilersFactory: { buildValidator: neverAjv } }
  })
  if (options.connections !== undefined) limitConnections(app, options.connections, createOwnCheck(options.ownToken))
  refuseExpectations(app)
  limitResponses(app, listener.responses)
  drainOnClose(app, { orchestrator, clock, graceMs: graceLeftMs })
  app.register(longhandPlugin, { ...options, bodies: limits.bodies, isAlone: true })
  return app
}

/** Fastify loads its Ajv compilers unless it has another factory, even if nothing uses them. */
function neverAjv (): never {
  throw new Error('The validator compiler is set already')
}
