/**
 * The composition root: settings → store → core → http → local agents. Nothing else of the
 * project sees all of them.
 */
import { randomBytes } from 'node:crypto'
import type { AddressInfo } from 'node:net'
import type { FastifyInstance } from 'fastify'
import type { Logger } from 'pino'
import { type Agent, startAgent } from './agent/pool.js'
import { createOrchestrator } from './core/orchestrator/orchestrator.js'
import { PASSES } from './core/plan/passes.js'
import type { Store, StoreRules } from './core/store.js'
import { createRateLimit } from './core/orchestrator/rate-limit.js'
import { endGracefully, leave } from './system/shutdown.js'
import { createEventLog } from './event-log.js'
import { agentConnections, clientShare, descriptorLimit } from './system/file-descriptors.js'
import { buildApp } from './http/app.js'
import { listenOn } from './http/connection/binding.js'
import { watchLauncher } from './system/launcher.js'
import { createLogger, isForPeople } from './system/logger.js'
import { stdout } from './system/output.js'
import { IN_MEMORY, type Settings, refuseStrangers } from './settings.js'
import { createPlanner } from './planner/index.js'
import { listenFailure, storeFailure } from './system/start-error.js'
import { OwnershipError } from './store/file/errors.js'
import { createLeaseTokens } from './store/lease-tokens.js'
import { openStore } from './store/open.js'
import { systemClock } from './system/clock.js'
import { packageVersion } from './version.js'

export interface Server {
  readonly app: FastifyInstance
  /** Where it listens, such as `http://127.0.0.1:8080`. */
  readonly url: string
  /**
   * Takes no new work, answers who waits, lets agents and requests finish within one grace for all,
   * and keeps everything. The store is closed whatever else fails.
   */
  close (): Promise<void>
}

export interface ServerOptions {
  /**
   * Called when the disk has failed in a way that only a new process can look into: everything that would have to be
   * kept is refused from then on, and the process should end. It is logged already. By default nothing is done.
   */
  readonly onFatal?: (error: unknown) => void
}

/**
 * Starts a server as the settings say.
 *
 * @throws when the store cannot be opened or the address cannot be listened on, with a message for people and the
 *   cause; nothing is left open then
 */
export async function createServer (
  settings: Settings, logger: Logger, { onFatal = () => {} }: ServerOptions = {}
): Promise<Server> {
  refuseStrangers(settings)
  const demand = { power: settings.COMPUTING_POWER, threads: settings.AGENT_THREADS, serves: true }
  const connections = { clients: clientShare(descriptorLimit(), demand), own: agentConnections(demand) }
  const rules = rulesOf(settings)
  const file = settings.DATA_FILE === IN_MEMORY ? null : settings.DATA_FILE
  const store = await openStore({ database: settings.DATABASE_URL, file }, {
    clock: systemClock,
    rules,
    newLease: createLeaseTokens(),
    snapshotBytes: settings.SNAPSHOT_BYTES,
    onFault (error, fatal) {
      logger[fatal ? 'fatal' : 'error']({ err: error }, faultMessage(settings, fatal, error))
      if (fatal) onFatal(error)
    },
    onRecovery: () => logger.info('The disk works again; changes are accepted'),
    onSnapshotFault: (error, retryMs) => logger.warn({ err: error }, snapshotMessage(retryMs))
  }).catch(async error => { throw await storeFailure(error, settings) })
  const throttle = createRateLimit(systemClock)
  logRecovered(store, logger)
  const { times, OPTIMIZE: optimize } = settings
  const limits = {
    length: settings.EXPRESSION_MAX_LENGTH,
    syntaxDepth: settings.EXPRESSION_MAX_DEPTH,
    operations: settings.EXPRESSION_MAX_OPERATIONS,
    planDepth: settings.EXPRESSION_MAX_PLAN_DEPTH
  }
  const planner = createPlanner({ times, limits, optimize })
  const orchestrator = createOrchestrator({
    store,
    clock: systemClock,
    times,
    limits,
    planLong: planner.plan,
    onFault: error => logger.error({ err: error }, 'Leases could not be looked after; trying again'),
    passes: PASSES[optimize],
    events: createEventLog(logger, throttle)
  })
  /** When everything has to be done, on the monotonic clock; what takes its time is given what is left until then. */
  let deadline = Infinity
  const graceLeftMs = (): number =>
    Math.max(0, Math.min(settings.SHUTDOWN_GRACE_MS, deadline - systemClock.monotonic()))
  // The address of the own agents proves nothing: other programs on this machine have it, too.
  const ownToken = randomBytes(32).toString('hex')
  const version = packageVersion()
  const app = buildApp({
    orchestrator, settings, logger, version, graceLeftMs, ownToken, connections, throttle
  })

  async function release (): Promise<void> {
    orchestrator.close()
    try {
      await inTurn(() => app.close(), () => inTurn(() => planner.close(), () => store.close()))
    } finally {
      throttle.flush()
    }
  }

  async function close (agent: Agent): Promise<void> {
    deadline = systemClock.monotonic() + settings.SHUTDOWN_GRACE_MS
    orchestrator.drain()
    // The agents first, while there is still somebody to take their results.
    await inTurn(() => agent.stop(), release)
  }

  try {
    await listenOn(app, { port: settings.PORT, host: settings.HOST })
    const url = urlOf(app.server.address() as AddressInfo)
    const agent = startLocalAgent(settings, url, ownToken, logger)
    let closing: Promise<void> | undefined
    return {
      app,
      url,
      close () {
        closing ??= close(agent)
        return closing
      }
    }
  } catch (error) {
    await release()
    throw listenFailure(error, settings)
  }
}

/** The second also when the first has failed; the failure is thrown on. */
async function inTurn (first: () => Promise<unknown>, second: () => Promise<unknown>): Promise<void> {
  try {
    await first()
  } finally {
    await second()
  }
}

function rulesOf (settings: Settings): StoreRules {
  const { CALCULATION_TIMEOUT: seconds } = settings
  return {
    leaseMs: settings.TASK_LEASE_MS,
    attempts: settings.TASK_ATTEMPTS,
    timeoutMs: seconds === undefined ? null : seconds * 1000,
    retain: settings.RETAIN_EXPRESSIONS,
    retainBytes: settings.RETAIN_BYTES,
    openExpressions: settings.OPEN_EXPRESSIONS_MAX,
    openOperations: settings.OPEN_OPERATIONS_MAX,
    openBytes: settings.OPEN_BYTES_MAX
  }
}

/** What an earlier process left; nothing to say of a store that is new. */
function logRecovered ({ recovered }: Store, logger: Logger): void {
  if (recovered === undefined || recovered.expressions === 0) return
  const { expressions, unfinished, leases } = recovered
  logger.info(recovered, `Recovered ${expressions} ${expressions === 1 ? 'expression' : 'expressions'} ` +
    `(${unfinished} unfinished); ${leases} ${leases === 1 ? 'lease' : 'leases'} granted again`)
}

function faultMessage ({ DATABASE_URL: database }: Settings, fatal: boolean, error: unknown): string {
  if (database !== undefined) return 'A connection to the database failed; what is not kept is refused until it is back'
  if (!fatal) return 'The disk failed; changes are refused until it works again, reads go on'
  return error instanceof OwnershipError
    ? 'The files of the store were taken away or changed: nothing more is acknowledged'
    : 'The disk failed while syncing: what is on it can only be told by a restart'
}

function snapshotMessage (retryMs: number | null): string {
  const message = 'Snapshot failed; the journal keeps everything'
  return retryMs === null ? `${message}, and the next start reads it` : `${message}; retrying in ${retryMs / 1000} s`
}

/** The exit code when the disk has failed in a way that only a restart can look into. */
const EXIT_DISK = 74

/** The server's own agents. They talk HTTP to it like any other. */
function startLocalAgent (settings: Settings, url: string, token: string, logger: Logger): Agent {
  return startAgent({
    urls: [url],
    token,
    name: settings.AGENT_NAME,
    power: settings.COMPUTING_POWER,
    threads: settings.AGENT_THREADS,
    taskNum: settings.TASK_NUM,
    queueWaitTime: settings.QUEUE_WAIT_TIME,
    graceMs: settings.SHUTDOWN_GRACE_MS,
    log: logger
  })
}

/** How a process on this machine reaches the address. */
function urlOf ({ address, family, port }: AddressInfo): string {
  if (address === '0.0.0.0') return `http://127.0.0.1:${port}`
  if (address === '::') return `http://[::1]:${port}`
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`
}

/**
 * Runs a server until it is told to stop: SIGTERM or SIGINT drains it, a later second signal ends it at once. It is
 * drained as well when its terminal is closed, or when the npm that started it is gone.
 */
export async function serve (settings: Settings, byNpm: boolean): Promise<void> {
  const logger = await createLogger(settings.LOG_LEVEL)
  const starting = createServer(settings, logger, { onFatal: () => leave(EXIT_DISK) })
  // Before anybody can know that it listens: a signal right after that must drain it too.
  const ending = endGracefully({
    log: logger,
    limitMs: settings.SHUTDOWN_GRACE_MS + STRAGGLER_MS,
    async close (cause) {
      if ('error' in cause) logger.fatal({ err: cause.error }, 'Stopping after an unexpected error')
      else logger.info(cause, 'Draining')
      await (await starting).close()
    }
  })
  watchLauncher(byNpm, () => ending.end({ reason: 'the npm that started it is gone' }))
  const { url } = await starting
  if (isForPeople) stdout.write(welcome(url))
  // At every level: with PORT=0 a program learns the address from it.
  else logger.child({}, { level: 'info' }).info({ url }, `Longhand is ready. API ${url}/docs`)
}

/** Added to the grace, in ms: what closing may take when all agents needed all of it. */
export const STRAGGLER_MS = 5_000

function welcome (url: string): string {
  return `
  Longhand is ready.
    API   ${url}/docs
    Try   curl ${url}/api/v1/calculate -H 'Content-Type: application/json' -d '{"expression": "2+2*2"}'
          curl ${url}/api/v1/expressions

`
}
