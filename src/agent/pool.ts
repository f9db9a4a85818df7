import { randomBytes } from 'node:crypto'
import { hostname } from 'node:os'
import { Piscina } from 'piscina'
import type { TimeUnit } from './client.js'
import { sleep } from './clock.js'
import { type AgentLog, describeError } from './log.js'
import { createLoopRunner } from './loop-runner.js'
import { endpointOf } from './protocol/endpoint.js'
import type { LoopJob } from './worker.js'

/**
 * Default number of threads. Measured with 8 loops, operation times 0 and a bare node:http server in the same process,
 * on 2 cores: 1, 2, 4, 8 threads made 5,400, 6,000, 3,300, 1,400 tasks/s, and the first result came after 0.18, 0.19,
 * 0.34, 0.7 s. Loops wait for the network, so each further thread only compiles the HTTP client once more; on more
 * cores the orchestrator's one thread is the limit all the same.
 */
export const DEFAULT_THREADS = 2

/** How much earlier than their threads the loops end (ms), so that their last log lines get out. */
const LAST_WORDS_MS = 100

export interface AgentOptions {
  /** Base URLs, http or https. Several are orchestrators of one database: when one fails, the next is used. */
  readonly urls: readonly string[]
  /** Bearer token, where the orchestrator requires one. */
  readonly token?: string | undefined
  /** For people; `hostname-pid-random` when absent. */
  readonly name?: string | undefined
  /** How many tasks are worked on at once: an integer from 0 up; with 0 the agent does nothing. */
  readonly power: number
  /** The most worker threads for them, at least 1. */
  readonly threads?: number | undefined
  /** How many tasks each claim asks for, from 1 up; by default many short ones or a single long one. */
  readonly taskNum?: number | undefined
  /** Seconds between claims without a task; by default the claims wait at the orchestrator. */
  readonly queueWaitTime?: number | undefined
  /** Unit of the orchestrator's operation times; ms by default. */
  readonly timeUnit?: TimeUnit | undefined
  /** How long `stop` waits for the tasks in progress, in ms. */
  readonly graceMs: number
  readonly log: AgentLog
}

export interface Agent {
  readonly name: string
  /**
   * Claims no more tasks, finishes and reports those in progress, and ends the threads when all is done or the grace is
   * over, whichever is first. Tasks that cannot be finished are released.
   */
  stop (): Promise<void>
  /** Ends the threads now. */
  kill (): Promise<void>
}

/**
 * Starts `power` loops against an orchestrator, which need not be reachable yet.
 *
 * @throws TypeError for a URL that is not http or https.
 */
export function startAgent (options: AgentOptions): Agent {
  const { urls, power, graceMs, log, queueWaitTime } = options
  const agent = options.name ?? `${hostname()}-${process.pid}-${randomBytes(3).toString('hex')}`
  for (const url of urls) endpointOf(url)
  if (power === 0) return { name: agent, async stop () {}, async kill () {} }

  const threads = Math.min(power, options.threads ?? DEFAULT_THREADS)
  const loopsPerThread = Math.ceil(power / threads)
  const pool = new Piscina<LoopJob, void>({
    filename: new URL('./worker.js', import.meta.url).href,
    minThreads: threads,
    maxThreads: threads,
    concurrentTasksPerWorker: loopsPerThread,
    // Loops run for hours: nothing is gained by watching for new ones without the event loop.
    atomics: 'disabled',
    recordTiming: false
  })
  // A thread that dies while it runs no loop; without a listener it would end the process.
  pool.on('error', error => log.error({ agent, reason: describeError(error) }, 'An agent thread failed'))

  const stopping = new AbortController()
  let isEnded = false
  const job = {
    urls,
    token: options.token,
    agent,
    taskNum: options.taskNum ?? null,
    pollEveryMs: queueWaitTime === undefined ? null : queueWaitTime * 1000,
    unit: options.timeUnit ?? 'ms',
    loopsPerThread
  }
  const runner = createLoopRunner(pool, job, log, stopping.signal, () => isEnded)
  const running = Promise.all(Array.from({ length: power }, runner.keepRunning))
  log.info({ agent, url: urls.join(', '), power, threads }, 'Agent started')

  async function end (): Promise<void> {
    stopping.abort()
    isEnded = true
    await pool.destroy()
    await running
  }

  async function stop (): Promise<void> {
    stopping.abort()
    runner.stopWithin(Math.max(0, graceMs - LAST_WORDS_MS))
    const done = new AbortController()
    running.then(() => done.abort())
    await sleep(graceMs, done.signal)
    const loops = runner.running()
    if (loops > 0) log.warn({ agent, loops }, 'Grace period over; terminating the agent threads')
    await end()
    log.info({ agent }, 'Agent stopped')
  }

  let stopped: Promise<void> | undefined
  return {
    name: agent,
    stop () {
      stopped ??= stop()
      return stopped
    },
    kill: end
  }
}
