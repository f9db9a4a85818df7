import { randomBytes } from 'node:crypto'
import type { MessagePort } from 'node:worker_threads'
import { type AgentClient, type ClaimRequest, createClient } from './client.js'
import { realClock } from './clock.js'
import { type Complaints, createComplaints } from './faults.js'
import { type Heart, createHeart } from './heartbeat.js'
import { type AgentLog, anyOf, forwardingLog } from './log.js'
import { createLoop } from './loop.js'
import { createFallback } from './fallback.js'
import type { TimeUnit } from './task.js'
import { ABILITIES } from './compute.js'

/**
 * What a worker thread is given for each loop. The port carries log lines out and one message in: how many ms
 * the loop may still take. (Aborting a Piscina task kills its thread with all loops in it, so it is no way to
 * ask; and a message that is sent before the loop listens waits in its port.)
 */
export interface LoopJob {
  readonly urls: readonly string[]
  readonly token: string | undefined
  readonly agent: string
  readonly habits: Habits
  /** Loops that this thread may run at once. */
  readonly loopsPerThread: number
  readonly port: MessagePort
}

/** How an agent asks for work. */
export interface Habits {
  /** How many tasks each claim asks for; null for many of those that are short. */
  readonly taskNum: number | null
  /** The pause between polls that find nothing, in ms; null to wait at the orchestrator. */
  readonly pollEveryMs: number | null
  readonly unit: TimeUnit
}

/** The grace in ms. */
export type StopMessage = number

/**
 * How long a poll is parked, in seconds: short enough for proxies, most of which cut a silent connection after 60 and
 * some after 30, and soon noticed when the connection is dead. Where many loops wait, longer, so that a thousand idle
 * ones ask 20 times a second in all: at 50 times they took 3.6 % of a core.
 */
const WAIT_SECONDS = 20
const LONGEST_WAIT_SECONDS = 50
const LOOPS_A_SECOND = 10

/**
 * The largest batch that an agent asks for by itself, and what the operations of one may take together, in ms. A call
 * costs some tenths of a millisecond: that is a lot for operations that take none and little beside some ms, for which
 * another slot may have its hands free.
 */
const MAX_BATCH = 64
const MAX_BATCH_MS = 10

/** One orchestrator, as the loops of this thread share it; a thread serves one agent. */
interface Session {
  readonly client: AgentClient
  readonly heart: Heart
  readonly complaints: Complaints
}

let shared: Session | undefined
/** Of the loops that run. A loop that ends closes its own, and others may still have something to say. */
const logs = new Set<AgentLog>()

/** The Piscina task: runs one loop until it is told to stop. */
export default async function runLoop (job: LoopJob): Promise<void> {
  const { agent, port, habits: { pollEveryMs } } = job
  const log = forwardingLog(port)
  logs.add(log)
  shared ??= openSession(job, anyOf(logs))
  const loop = createLoop({ ...shared, agent, log, clock: realClock, random: Math.random, pollEveryMs })
  port.on('message', (graceMs: StopMessage) => loop.stop(graceMs))
  try {
    await loop.run()
  } finally {
    port.close()
    logs.delete(log)
    if (logs.size === 0) {
      const unused = shared
      shared = undefined
      await unused.client.close()
    }
  }
}

function openSession ({ urls, token, agent, habits, loopsPerThread: loops }: LoopJob, log: AgentLog): Session {
  const { taskNum, pollEveryMs, unit } = habits
  const request: ClaimRequest = {
    waitSeconds: pollEveryMs === null ? waitFor(loops) : 0,
    agent,
    instance: randomBytes(4).toString('hex'),
    operations: ABILITIES,
    max: taskNum ?? MAX_BATCH,
    maxMs: taskNum === null ? MAX_BATCH_MS : null
  }
  const remark = (sentence: string): void => log.warn({ agent }, sentence)
  const clients = urls.map(url => createClient({ url, token, loops, request, unit, remark }))
  // Each thread begins with another one, so that the agents spread.
  const client = createFallback(clients, Math.floor(Math.random() * clients.length))
  return {
    client,
    heart: createHeart({ client, agent, log, clock: realClock }),
    complaints: createComplaints(agent, log)
  }
}

/** In seconds, for each of so many loops of a thread. */
function waitFor (loops: number): number {
  return Math.min(LONGEST_WAIT_SECONDS, Math.max(WAIT_SECONDS, loops / LOOPS_A_SECOND))
}
