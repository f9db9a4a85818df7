import { randomBytes } from 'node:crypto'
import type { MessagePort } from 'node:worker_threads'
import { type ClaimPolicyOptions, claimPolicyOf } from './claim-policy.js'
import { type TimeUnit, createClient } from './client.js'
import { realClock } from './clock.js'
import { SUPPORTED_OPERATIONS } from './compute.js'
import { createFailover } from './failover.js'
import { createHeartbeat } from './heartbeat.js'
import { type AgentLog, forwardingLog, sharedLog } from './log.js'
import { createLoop } from './loop.js'
import { createWarnings } from './warnings.js'

/**
 * What a worker thread gets for each loop. The port carries log lines out and one message in: the grace in ms, which
 * stops the loop. (Aborting a Piscina task kills its thread with all loops in it; and a message that is sent before the
 * loop listens waits in its port.)
 */
export interface LoopJob extends ClaimPolicyOptions {
  readonly urls: readonly string[]
  readonly token: string | undefined
  readonly agent: string
  readonly unit: TimeUnit
  readonly port: MessagePort
}

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
  const { urls, token, agent, unit, loopsPerThread: loops } = job
  const request = {
    ...claimPolicyOf(job),
    agent,
    instance: randomBytes(4).toString('hex'),
    operations: SUPPORTED_OPERATIONS
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
