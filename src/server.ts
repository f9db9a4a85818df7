/**
 * The composition root: settings → store → core → http → local agents. Nothing else of the
 * project sees all of them.
 */
import { randomBytes } from 'node:crypto'
import type { AddressInfo } from 'node:net'
import closeWithGrace from 'close-with-grace'
import type { FastifyInstance } from 'fastify'
import type { Logger } from 'pino'
import { type Agent, startAgent } from './agent/pool.js'
import { createOrchestrator } from './core/orchestrator.js'
import { PASSES } from './core/plan/passes.js'
import type { StoreRules } from './core/store.js'
import { buildApp } from './http/app.js'
import { createLogger } from './logger.js'
import { IN_MEMORY, type Settings, refuseStrangers } from './settings.js'
import { createPlanner } from './planner.js'
import { listenFailure, storeFailure } from './start-failure.js'
import { createLeaseTokens } from './store/lease.js'
import { openStore } from './store/open.js'
import { systemClock } from './system-clock.js'
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
  const rules = rulesOf(settings)
  const file = settings.DATA_FILE === IN_MEMORY ? null : settings.DATA_FILE
  const store = await openStore({ database: settings.DATABASE_URL, file }, {
    clock: systemClock,
    rules,
    newLease: createLeaseTokens(),
    snapshotBytes: settings.SNAPSHOT_BYTES,
    onFault (error, fatal) {
      logger[fatal ? 'fatal' : 'error']({ err: error }, faultMessage(settings, fatal))
      if (fatal) onFatal(error)
    }
  }).catch(async error => { throw await storeFailure(error, settings) })
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
    timeoutMs: rules.timeoutMs,
    onFault: error => logger.error({ err: error }, 'Leases could not be looked after; trying again'),
    passes: PASSES[optimize]
  })
  /** When everything has to be done, on the monotonic clock; what takes its time is given what is left until then. */
  let deadline = Infinity
  const graceLeftMs = (): number =>
    Math.max(0, Math.min(settings.SHUTDOWN_GRACE_MS, deadline - systemClock.monotonic()))
  // They come from an address that the settings need not know, and that may be anybody's.
  const ownToken = randomBytes(32).toString('hex')
  const app = buildApp({ orchestrator, settings, logger, version: packageVersion(), graceLeftMs, ownToken })

  async function release (): Promise<void> {
    orchestrator.close()
    await inTurn(() => app.close(), () => inTurn(() => planner.close(), () => store.close()))
  }

  async function close (agent: Agent): Promise<void> {
    deadline = systemClock.monotonic() + settings.SHUTDOWN_GRACE_MS
    orchestrator.drain()
    // The agents first, while there is still somebody to take their results.
    await inTurn(() => agent.stop(), release)
  }

  try {
    await app.listen({ port: settings.PORT, host: settings.HOST })
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

function faultMessage ({ DATABASE_URL: database }: Settings, fatal: boolean): string {
  if (database !== undefined) return 'A connection to the database failed; what is not kept is refused until it is back'
  return fatal
    ? 'The disk failed while syncing: what is on it can only be told by a restart'
    : 'The disk failed; what was not kept is refused until it works again'
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

/** Runs a server until it is told to stop: SIGTERM or SIGINT drains it, a second signal ends it at once. */
export async function serve (settings: Settings): Promise<void> {
  const logger = await createLogger(settings.LOG_LEVEL)
  const starting = createServer(settings, logger, { onFatal: () => process.exit(EXIT_DISK) })
  // Before anybody can know that it listens: a signal right after that must drain it too.
  closeWithGrace({ delay: settings.SHUTDOWN_GRACE_MS + STRAGGLER_MS, logger }, async ({ signal, err }) => {
    if (err === undefined) logger.info({ signal }, 'Draining')
    else logger.fatal({ err }, 'Stopping after an error that nobody expected')
    await (await starting).close()
  })
  const { url } = await starting
  process.stdout.write(welcome(url))
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
