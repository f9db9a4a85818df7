import { Worker } from 'node:worker_threads'
import type { Clock } from '../../core/clock.js'
import type { Compact } from './compaction.js'
import type { CompactionJob } from './compaction-worker.js'

/** How long a terminated thread that hangs in a system call is waited for, in ms. */
const TERMINATE_MS = 1_000

/**
 * Compacts in a worker thread, a new one each time. One that cannot start, fails or hangs is an error of that
 * compaction and does not affect the next. (A pool starts such a thread again and again, and waits for it when the pool
 * is closed.)
 */
export function compactInWorker (
  path: string, clock: Pick<Clock, 'after'>, entry = new URL('./compaction-worker.js', import.meta.url)
): Compact {
  return (last, signal) => new Promise((resolve, reject) => {
    signal.throwIfAborted()
    const job: CompactionJob = { path, last }
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
