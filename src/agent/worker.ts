import type { MessagePort } from 'node:worker_threads'
import { type AgentClient, createClient } from './client.js'
import { forwardingLog } from './log.js'
import { createLoop } from './loop.js'
import { sleep } from './retry.js'

/**
 * What a worker thread is given for each loop. The port carries log lines out and one message in: how many ms
 * the loop may still take. (Aborting a Piscina task kills its thread with all loops in it, so it is no way to
 * ask; and a message that is sent before the loop listens waits in its port.)
 */
export interface LoopJob {
  readonly url: string
  readonly token: string | undefined
  readonly agent: string
  /** Loops that this thread may run at once. */
  readonly loopsPerThread: number
  readonly port: MessagePort
}

/** The grace in ms. */
export type StopMessage = number

const clock = { monotonic: () => performance.now(), sleep }

/** One connection pool for all loops of this thread; a thread serves one agent, hence one orchestrator. */
let shared: AgentClient | undefined
let users = 0

/** The Piscina task: runs one loop until it is told to stop. */
export default async function runLoop ({ url, token, agent, loopsPerThread, port }: LoopJob): Promise<void> {
  shared ??= createClient({ url, token, loops: loopsPerThread })
  users++
  const loop = createLoop({ client: shared, agent, log: forwardingLog(port), clock, random: Math.random })
  port.on('message', (graceMs: StopMessage) => loop.stop(graceMs))
  try {
    await loop.run()
  } finally {
    port.close()
    users--
    if (users === 0) {
      const unused = shared
      shared = undefined
      await unused.close()
    }
  }
}
