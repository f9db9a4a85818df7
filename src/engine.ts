/** The calculator without its interface: store, orchestrator, planner thread and agents of its own. */
import { randomBytes } from 'node:crypto'
import type { Logger } from 'pino'
import { type Agent, startAgent } from './agent/pool.js'
import type { Limits } from './core/language/limits.js'
import { createOrchestrator } from './core/orchestrator/orchestrator.js'
import { createRateLimit } from './core/orchestrator/rate-limit.js'
import { PASSES } from './core/plan/passes.js'
import type { Store, StoreRules } from './core/store.js'
import { createEventLog } from './event-log.js'
import { createPlanner } from './planner/index.js'
import { IN_MEMORY, type Settings, agentOptions } from './settings.js'
import { OwnershipError } from './store/file/errors.js'
import { createLeaseTokens } from './store/lease-tokens.js'
import { openStore } from './store/open.js'
import { systemClock } from './system/clock.js'
import { storeFailure } from './system/start-error.js'

export type Engine = Awaited<ReturnType<typeof createEngine>>

export interface EngineOptions {
  /**
   * Called when the disk has failed in a way that only a new process can recover from: every change is refused from
   * then on, and the process should end. The error is logged already. By default nothing is done.
   */
  readonly onFatal?: (error: unknown) => void
}

/** @throws StartError when the store cannot be opened; nothing is left open then */
export async function createEngine (settings: Settings, logger: Logger, { onFatal = () => {} }: EngineOptions = {}) {
  const store = await openSettingsStore(settings, logger, onFatal)
  const throttle = createRateLimit(systemClock)
  const { times, OPTIMIZE: optimize } = settings
  const limits = limitsOf(settings)
  const planner = createPlanner({ times, limits, optimize })
  const orchestrator = createOrchestrator({
    store,
    clock: systemClock,
    times,
    limits,
    planLong: planner.plan,
    onFault: error => logger.error({ err: error }, 'Could not expire leases or read changes; retrying'),
    maxFollowers: settings.EVENT_STREAMS_MAX,
    passes: PASSES[optimize],
    events: createEventLog(logger, throttle)
  })
  // The agents talk HTTP like any other, and their address proves nothing: other programs on this machine have it, too.
  const ownToken = randomBytes(32).toString('hex')
  let agent: Agent | undefined
  /** When the grace ends, on the monotonic clock. */
  let deadline = Infinity
  let stopped: Promise<void> | undefined
  let closed: Promise<void> | undefined

  async function stop (): Promise<void> {
    deadline = systemClock.monotonic() + settings.SHUTDOWN_GRACE_MS
    orchestrator.drain()
    await inTurn(async () => agent?.stop(), async () => orchestrator.close())
  }

  const engine = {
    orchestrator,
    /** Bounds the lines that clients can cause in the log. */
    throttle,
    ownToken,

    /**
     * Starts COMPUTING_POWER agents, or none when the engine has stopped. The worker protocol is at `url` followed by
     * `/internal/…`.
     *
     * @throws Error when they are started already
     */
    startAgents (url: string): void {
      if (stopped !== undefined) return
      if (agent !== undefined) throw new Error('The agents are started already')
      agent = startAgent({ ...agentOptions(settings), urls: [url], token: ownToken, log: logger })
    },

    /** What is left of SHUTDOWN_GRACE_MS, in ms; all of it until `stop` is called. */
    graceLeftMs: () => Math.max(0, Math.min(settings.SHUTDOWN_GRACE_MS, deadline - systemClock.monotonic())),

    /**
     * Takes no new work, answers the requests that wait, and ends the agents within the grace. Called while the
     * interface still accepts their results.
     */
    stop (): Promise<void> {
      stopped ??= stop()
      return stopped
    },

    /** Stops, if that was not done, and closes the store, whatever else fails. Called after the interface is closed. */
    close (): Promise<void> {
      closed ??= inTurn(engine.stop, planner.close, store.close, async () => throttle.flush())
      return closed
    }
  }
  return engine
}

/** Runs each step after the one before, also when that failed; rejected if one failed. */
export async function inTurn (...[first, ...rest]: ReadonlyArray<() => Promise<unknown>>): Promise<void> {
  try {
    await first?.()
  } finally {
    if (rest.length > 0) await inTurn(...rest)
  }
}

async function openSettingsStore (settings: Settings, logger: Logger, onFatal: (error: unknown) => void) {
  const file = settings.DATA_FILE === IN_MEMORY ? null : settings.DATA_FILE
  try {
    const store = await openStore({ database: settings.DATABASE_URL, file }, {
      clock: systemClock,
      rules: rulesOf(settings),
      newLease: createLeaseTokens(),
      snapshotBytes: settings.SNAPSHOT_BYTES,
      onFault (error, fatal) {
        logger[fatal ? 'fatal' : 'error']({ err: error }, faultMessage(settings, fatal, error))
        if (fatal) onFatal(error)
      },
      onRecovery: () => logger.info('The disk works again; changes are accepted'),
      onSnapshotFault: (error, retryMs) => logger.warn({ err: error }, snapshotMessage(retryMs))
    })
    logRecovered(store, logger)
    return store
  } catch (error) {
    throw await storeFailure(error, settings)
  }
}

function limitsOf (settings: Settings): Limits {
  return {
    length: settings.EXPRESSION_MAX_LENGTH,
    syntaxDepth: settings.EXPRESSION_MAX_DEPTH,
    operations: settings.EXPRESSION_MAX_OPERATIONS,
    planDepth: settings.EXPRESSION_MAX_PLAN_DEPTH
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

/** What an earlier process left; a new store logs nothing. */
function logRecovered ({ recovered }: Store, logger: Logger): void {
  if (recovered === undefined || recovered.expressions === 0) return
  const { expressions, unfinished, leases } = recovered
  logger.info(recovered, `Recovered ${expressions} ${expressions === 1 ? 'expression' : 'expressions'} ` +
    `(${unfinished} unfinished); ${leases} ${leases === 1 ? 'lease' : 'leases'} granted again`)
}

function faultMessage ({ DATABASE_URL: database }: Settings, fatal: boolean, error: unknown): string {
  if (database !== undefined) return 'Lost a connection to the database; changes may be refused until it is back'
  if (!fatal) return 'The disk failed; changes are refused until it works again, reads continue'
  return error instanceof OwnershipError
    ? 'The files of the store were removed or changed by another program; changes are no longer accepted'
    : 'The disk failed while syncing; only a restart can tell what was written'
}

function snapshotMessage (retryMs: number | null): string {
  const message = 'Snapshot failed; the journal still holds everything'
  return retryMs === null ? `${message}, and the next start reads it` : `${message}; retrying in ${retryMs / 1000} s`
}
