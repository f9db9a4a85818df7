import { randomBytes } from 'node:crypto'
import type { MessagePort } from 'node:worker_threads'
import { type TimeUnit, createClient } from './client.js'
import { realClock } from './clock.js'
import { SUPPORTED_OPERATIONS } from './compute.js'
import { createFailover } from './failover.js'
import { createHeartbeat } from './heartbeat.js'
import { type AgentLog, forwardingLog, sharedLog } from './log.js'
import { createLoop } from './loop.js'
import type { ClaimRequest } from './protocol/claim.js'
import { createWarnings } from './warnings.js'

/**
 * What a worker thread gets for each loop. The port carries log lines out and one message in: the grace in ms, which
 * stops the loop. (Aborting a Piscina task kills its thread with all loops in it; and a message that is sent before the
 * loop listens waits in its port.)
 */
export interface LoopJob {
  readonly urls: readonly string[]
  readonly token: string | undefined
  readonly agent: string
  /** How many tasks each claim asks for; null for many of those that are short. */
  readonly taskNum: number | null
  /** The pause between claims without a task, in ms; null to wait at the orchestrator. */
  readonly pollEveryMs: number | null
  readonly unit: TimeUnit
  /** Loops that this thread may run at once. */
  readonly loopsPerThread: number
  readonly port: MessagePort
}

/**
 * How long a claim waits, in seconds: short enough for proxies, most of which cut a silent connection after 60 and some
 * after 30, and for a dead connection to be noticed soon. Many loops wait longer, so that a thousand idle ones claim 20
 * times a second in all: at 50 times they took 3.6 % of a core.
 */
const WAIT_SECONDS = 20
const LONGEST_WAIT_SECONDS = 50
const LOOPS_A_SECOND = 10

/**
 * The largest batch that an agent asks for by itself, and what its operation times may add up to, in ms. A call costs
 * some tenths of a millisecond: much for operations that take no time, and little beside some ms, for which another
 * slot may be free.
 */
const MAX_BATCH = 64
const MAX_BATCH_MS = 10

/** What the loops of this thread share; a thread serves one agent. */
let shared: ReturnType<typeof createShared> | undefined
/** The logs of the running loops. A loop that ends closes its own, and others may still log. */
const logs = new Set<AgentLog>()

/** The Piscina task: runs one loop until it is stopped. */
export default async function runLoop (job: LoopJob): Promise<void> {
  const { agent, port, pollEveryMs } = job
  const log = forwardingLog(port)
  logs.add(log)
  shared ??= createShared(job, sharedLog(logs))
  const loop = createLoop({ ...shared, agent, log, clock: realClock, random: Math.random, pollEveryMs })
  port.on('message', (graceMs: number) => loop.stop(graceMs))
  try {
    await loop.run()
  } finally {
    port.close()
    logs.delete(log)
    if (logs.size === 0) {
      const { client } = shared
      shared = undefined
      await client.close()
    }
  }
}

function createShared (job: LoopJob, log: AgentLog) {
  const { urls, token, agent, taskNum, pollEveryMs, unit, loopsPerThread: loops } = job
  const waitSeconds = Math.min(LONGEST_WAIT_SECONDS, Math.max(WAIT_SECONDS, loops / LOOPS_A_SECOND))
  const request: ClaimRequest = {
    waitSeconds: pollEveryMs === null ? waitSeconds : 0,
    agent,
    instance: randomBytes(4).toString('hex'),
    operations: SUPPORTED_OPERATIONS,
    max: taskNum ?? MAX_BATCH,
    maxMs: taskNum === null ? MAX_BATCH_MS : null
  }
  const warn = (sentence: string): void => log.warn({ agent }, sentence)
  const clients = urls.map(url => createClient({ url, token, loops, request, unit, warn }))
  // Each thread begins with a random one, so that the agents spread.
  const client = createFailover(clients, Math.floor(Math.random() * clients.length))
  return {
    client,
    heartbeat: createHeartbeat({ client, agent, log, clock: realClock }),
    warnings: createWarnings(agent, log)
  }
}
