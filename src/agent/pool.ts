import { randomBytes } from 'node:crypto'
import { hostname } from 'node:os'
import { MessageChannel, type MessagePort, receiveMessageOnPort } from 'node:worker_threads'
import { Piscina } from 'piscina'
import { taskEndpoint } from './endpoint.js'
import { type AgentLog, type LogLine, reasonOf, writeLine } from './log.js'
import { RETRY, fullJitter, sleep } from './retry.js'
import type { TimeUnit } from './task.js'
import type { Habits, LoopJob, StopMessage } from './worker.js'

/**
 * Threads of an agent that does not say. Measured with 8 loops, operation times 0 and a bare node:http server in
 * the same process, on 2 cores: 1, 2, 4, 8 threads made 5,400, 6,000, 3,300, 1,400 tasks/s, and the first result
 * was there after 0.18, 0.19, 0.34, 0.7 s. Loops wait for the network, so threads beyond the second only compile
 * the HTTP client once more; on more cores the orchestrator's one thread is the limit all the same.
 */
export const DEFAULT_THREADS = 2

/** Threads are ended when the grace is over; their loops are to be done this much earlier (ms), so as to say so. */
const LAST_WORDS_MS = 100

export interface AgentOptions {
  /** Base URLs of the orchestrator, http or https; of several, which share a database, another when one fails. */
  readonly urls: readonly string[]
  /** Bearer token, where the orchestrator asks for one. */
  readonly token?: string | undefined
  /** For people; `hostname-pid-random` when absent. */
  readonly name?: string | undefined
  /** How many tasks are worked on at once: an integer from 0 up; 0 does nothing. */
  readonly power: number
  /** The most worker threads to spread them over, at least 1. */
  readonly threads?: number | undefined
  /** How many tasks each claim asks for, from 1 up; by default many of those that are short, and long ones singly. */
  readonly taskNum?: number | undefined
  /** Seconds between polls that find nothing; by default the agent waits at the orchestrator. */
  readonly queueWaitTime?: number | undefined
  /** In what the orchestrator measures operation times; ms by default. */
  readonly timeUnit?: TimeUnit | undefined
  /** How long `stop` waits for the tasks in hand, in ms. */
  readonly graceMs: number
  readonly log: AgentLog
}

export interface Agent {
  readonly name: string
  /**
   * Claims nothing more, finishes and reports the tasks in hand, and ends the threads: when all is done, or when
   * the grace is over, whichever is first. What it cannot finish is given back.
   */
  stop (): Promise<void>
  /** Ends the threads now. */
  kill (): Promise<void>
}

/**
 * Starts `power` loops against an orchestrator, which need not be there yet.
 *
 * @throws TypeError for a URL that is not http or https.
 */
export function startAgent (options: AgentOptions): Agent {
  const { urls, token, power, graceMs, log, queueWaitTime } = options
  const habits: Habits = {
    taskNum: options.taskNum ?? null,
    pollEveryMs: queueWaitTime === undefined ? null : queueWaitTime * 1000,
    unit: options.timeUnit ?? 'ms'
  }
  const agent = options.name ?? `${hostname()}-${process.pid}-${randomBytes(3).toString('hex')}`
  for (const url of urls) taskEndpoint(url)
  if (power === 0) return { name: agent, async stop () {}, async kill () {} }

  const threads = Math.min(power, options.threads ?? DEFAULT_THREADS)
  const loopsPerThread = Math.ceil(power / threads)
  const pool = new Piscina({
    filename: new URL('./worker.js', import.meta.url).href,
    minThreads: threads,
    maxThreads: threads,
    concurrentTasksPerWorker: loopsPerThread,
    // Loops run for hours: nothing is gained by watching for new ones without the event loop.
    atomics: 'disabled',
    recordTiming: false
  })
  // A thread that dies while it runs no loop; without a listener it would take the process with it.
  pool.on('error', error => log.error({ agent, reason: reasonOf(error) }, 'An agent thread failed'))

  const stopping = new AbortController()
  /** The threads are ended, and with them what still runs. */
  let ending = false
  const ports = new Set<MessagePort>()
  const running = Promise.all(Array.from({ length: power }, keepRunning))
  log.info({ agent, url: urls.join(', '), power, threads }, 'Agent started')

  async function keepRunning (): Promise<void> {
    let failures = 0
    while (!stopping.signal.aborted) {
      const startedAt = performance.now()
      const { reason, failed } = await runOnce()
      if (stopping.signal.aborted) {
        if (failed && !ending) log.error({ agent, reason }, 'An agent loop failed while stopping; what it had is lost')
        return
      }
      if (performance.now() - startedAt > RETRY.capMs) failures = 0
      log.error({ agent, reason }, 'An agent loop ended by itself; starting it again')
      await sleep(fullJitter(failures++, Math.random), stopping.signal)
    }
  }

  /** Runs a loop to its end; answers why it ended. */
  async function runOnce (): Promise<{ readonly reason: string, readonly failed: boolean }> {
    const { port1: port, port2 } = new MessageChannel()
    const job: LoopJob = { urls, token, agent, habits, loopsPerThread, port: port2 }
    port.on('message', (line: LogLine) => writeLine(log, line))
    ports.add(port)
    try {
      await pool.run(job, { transferList: [port2] })
      return { reason: 'it returned', failed: false }
    } catch (error) {
      return { reason: reasonOf(error), failed: true }
    } finally {
      // The end of a loop may overtake its last lines.
      for (let last = receiveMessageOnPort(port); last !== undefined; last = receiveMessageOnPort(port)) {
        writeLine(log, last.message)
      }
      ports.delete(port)
      port.close()
    }
  }

  async function end (): Promise<void> {
    stopping.abort()
    ending = true
    await pool.destroy()
    await running
  }

  let stopped: Promise<void> | undefined

  async function stop (): Promise<void> {
    stopping.abort()
    const message: StopMessage = Math.max(0, graceMs - LAST_WORDS_MS)
    for (const port of ports) port.postMessage(message)
    const done = new AbortController()
    running.then(() => done.abort())
    await sleep(graceMs, done.signal)
    if (ports.size > 0) log.warn({ agent, loops: ports.size }, 'The grace is over; ending the agent threads')
    await end()
    log.info({ agent }, 'Agent stopped')
  }

  return {
    name: agent,
    stop () {
      stopped ??= stop()
      return stopped
    },
    kill: end
  }
}
