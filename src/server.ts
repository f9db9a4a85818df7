/**
 * The composition root: settings → store → core → http → local agents. Nothing else of the
 * project sees all of them.
 */
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
import { type Settings, refuseStrangers } from './settings.js'
import { createLeaseTokens } from './store/lease.js'
import { openStore } from './store/open.js'
import { systemClock } from './system-clock.js'
import { packageVersion } from './version.js'

export interface Server {
  readonly app: FastifyInstance
  /** Where it listens, such as `http://127.0.0.1:8080`. */
  readonly url: string
  /**
   * Takes no new work, answers who waits, lets requests and agents finish within the grace, and
   * keeps everything.
   */
  close (): Promise<void>
}

/**
 * Starts a server as the settings say.
 *
 * @throws when the store cannot be opened or the address cannot be listened on; nothing is left open then
 */
export async function createServer (settings: Settings, logger: Logger): Promise<Server> {
  refuseStrangers(settings)
  const rules = rulesOf(settings)
  const store = await openStore({ database: settings.DATABASE_URL, file: settings.DATA_FILE }, {
    clock: systemClock,
    rules,
    newLease: createLeaseTokens(),
    snapshotBytes: settings.SNAPSHOT_BYTES,
    onFault (error, fatal) {
      logger[fatal ? 'fatal' : 'error']({ err: error }, faultMessage(settings, fatal))
      if (fatal) process.exit(EXIT_DISK)
    }
  })
  const orchestrator = createOrchestrator({
    store,
    clock: systemClock,
    times: settings.times,
    limits: {
      length: settings.EXPRESSION_MAX_LENGTH,
      syntaxDepth: settings.EXPRESSION_MAX_DEPTH,
      operations: settings.EXPRESSION_MAX_OPERATIONS,
      planDepth: settings.EXPRESSION_MAX_PLAN_DEPTH
    },
    timeoutMs: rules.timeoutMs,
    onFault: error => logger.error({ err: error }, 'Leases could not be looked after; trying again'),
    passes: PASSES[settings.OPTIMIZE]
  })
  const app = await buildApp({ orchestrator, settings, logger, version: packageVersion() })

  async function release (): Promise<void> {
    orchestrator.close()
    await app.close()
    await store.close()
  }

  try {
    await app.listen({ port: settings.PORT, host: settings.HOST })
    const url = urlOf(app.server.address() as AddressInfo)
    const agent = startLocalAgent(settings, url, logger)
    return {
      app,
      url,
      async close () {
        orchestrator.drain()
        // The agents first, while there is still somebody to take their results.
        await agent.stop()
        await release()
      }
    }
  } catch (error) {
    await release()
    throw error
  }
}

function rulesOf (settings: Settings): StoreRules {
  const { CALCULATION_TIMEOUT: seconds } = settings
  return {
    leaseMs: settings.TASK_LEASE_MS,
    attempts: settings.TASK_ATTEMPTS,
    timeoutMs: seconds === undefined ? null : seconds * 1000,
    retain: settings.RETAIN_EXPRESSIONS,
    openExpressions: settings.OPEN_EXPRESSIONS_MAX,
    openOperations: settings.OPEN_OPERATIONS_MAX
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
function startLocalAgent (settings: Settings, url: string, logger: Logger): Agent {
  return startAgent({
    urls: [url],
    token: settings.INTERNAL_TOKEN,
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
  const starting = createServer(settings, logger)
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
