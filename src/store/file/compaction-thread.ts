import { Worker } from 'node:worker_threads'
import type { Clock } from '../../core/clock.js'
import type { Compact } from './compaction.js'
import type { CompactJob } from './compaction-worker.js'

/** A thread that is told to end and hangs in a call of the system is not waited for any longer than this, in ms. */
const TERMINATE_MS = 1_000

/**
 * Compacts in a worker thread, a new one each time. One that cannot start, fails or hangs is an error of that
 * compaction; nothing of it is left for the next. (A pool starts such a thread again and again, and waits for it when
 * it is closed.)
 */
export function compactInThread (
  path: string, clock: Pick<Clock, 'after'>, entry = new URL('./compaction-worker.js', import.meta.url)
): Compact {
  return (last, signal) => new Promise((resolve, reject) => {
    signal.throwIfAborted()
    const job: CompactJob = { path, last }
    const worker = new Worker(entry, { workerData: job })
    // It stays: an error event without a listener would end the process.
    worker.on('error', reject)
    worker.once('exit', code => {
      if (code === 0) resolve()
      else reject(signal.aborted ? signal.reason : new Error(`The thread ended with code ${code}`))
    })
    signal.addEventListener('abort', () => {
      worker.terminate().catch(reject)
      clock.after(TERMINATE_MS, () => reject(signal.reason))
    }, { once: true })
  })
}
