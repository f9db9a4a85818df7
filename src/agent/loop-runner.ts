import { MessageChannel, type MessagePort, receiveMessageOnPort } from 'node:worker_threads'
import type { Piscina } from 'piscina'
import { RETRY, fullJitter } from './backoff.js'
import { sleep } from './clock.js'
import { type AgentLog, type LogLine, describeError } from './log.js'
import type { LoopJob } from './worker.js'

/**
 * Runs loops in the threads of a pool and writes their log lines.
 *
 * @param stopping aborted when no loop is to start any more
 * @param isEnded whether the threads, and with them all loops, were terminated
 */
export function createLoopRunner (
  pool: Piscina<LoopJob, void>, job: Omit<LoopJob, 'port'>, log: AgentLog, stopping: AbortSignal, isEnded: () => boolean
) {
  const { agent } = job
  const ports = new Set<MessagePort>()
  const write = ({ level, data, message }: LogLine): void => log[level](data, message)

  /** Runs a loop to its end, and returns why it ended. */
  async function runOnce (): Promise<{ readonly reason: string, readonly failed: boolean }> {
    const { port1: port, port2 } = new MessageChannel()
    port.on('message', write)
    ports.add(port)
    try {
      await pool.run({ ...job, port: port2 }, { transferList: [port2] })
      return { reason: 'it returned', failed: false }
    } catch (error) {
      return { reason: describeError(error), failed: true }
    } finally {
      // The end of a loop may overtake its last lines.
      for (let last = receiveMessageOnPort(port); last !== undefined; last = receiveMessageOnPort(port)) {
        write(last.message)
      }
      ports.delete(port)
      port.close()
    }
  }

  return {
    /** Runs a loop until `stopping`, and restarts it when it ends before. */
    async keepRunning (): Promise<void> {
      let failures = 0
      while (!stopping.aborted) {
        const startedAt = performance.now()
        const { reason, failed } = await runOnce()
        if (stopping.aborted) {
          if (failed && !isEnded()) {
            log.error({ agent, reason }, 'An agent loop failed while stopping; its unreported results are lost')
          }
          return
        }
        if (performance.now() - startedAt > RETRY.capMs) failures = 0
        log.error({ agent, reason }, 'An agent loop ended unexpectedly; restarting it')
        await sleep(fullJitter(failures++, Math.random), stopping)
      }
    },

    stopWithin (graceMs: number): void {
      for (const port of ports) port.postMessage(graceMs)
    },

    running: (): number => ports.size
  }
}
