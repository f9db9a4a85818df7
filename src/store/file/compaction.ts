import { Piscina } from 'piscina'
import type { Clock } from '../../core/clock.js'
import type { CompactJob } from './compactor.js'
import type { Journal } from './journal.js'

/** When the journal is turned into a new snapshot. */
export interface Compaction {
  /** To be called after a mutation; costs nothing when there is nothing to do. */
  consider (): void
  /** Starts no more, and waits for the one that is under way. */
  stop (): Promise<void>
}

export interface CompactionOptions {
  readonly clock: Clock
  readonly journal: Journal
  /** Number of the last line that the snapshot holds. */
  readonly snapshotLast: number
  /** A journal segment of this size is due, busy or not. */
  readonly dueBytes: number
  /** Builds the snapshot up to line `last`, off the hot path. */
  readonly compact: (last: number) => Promise<void>
  /** A snapshot that could not be made loses nothing: the journal goes on. */
  readonly onFault: (error: unknown) => void
}

/** About a second of replaying at a restart, and at full load one snapshot in ten seconds. */
export const DUE_BYTES = 32 * 1024 * 1024

/** A server without a mutation for this long (ms) is idle, and makes its snapshot then. */
const IDLE_MS = 5_000

/** After a snapshot that failed, the next is tried no sooner (ms). */
const RETRY_MS = 60_000

export function createCompaction (options: CompactionOptions): Compaction {
  const { clock, journal, snapshotLast, dueBytes, compact, onFault } = options
  let held = snapshotLast
  let running: Promise<void> | null = null
  let cancelTimer: (() => void) | null = null
  let notBefore = 0
  let stopped = false

  function consider (): void {
    if (stopped || running !== null || journal.last === held) return
    if (journal.size >= dueBytes && clock.monotonic() >= notBefore) start()
    else if (cancelTimer === null) watchForIdle()
  }

  /** One timer that looks now and then, instead of one that every mutation would set anew. */
  function watchForIdle (): void {
    const seen = journal.last
    cancelTimer = clock.after(Math.max(IDLE_MS, notBefore - clock.monotonic()), () => {
      cancelTimer = null
      if (stopped || running !== null) return
      if (journal.last === seen) start()
      else watchForIdle()
    })
  }

  function start (): void {
    cancelTimer?.()
    cancelTimer = null
    running = run().catch(error => {
      notBefore = clock.monotonic() + RETRY_MS
      onFault(error)
    }).finally(() => {
      running = null
      consider()
    })
  }

  async function run (): Promise<void> {
    const last = await journal.rotate()
    await compact(last)
    held = last
  }

  return {
    consider,
    async stop () {
      stopped = true
      cancelTimer?.()
      await running
    }
  }
}

/** Compacts in a worker thread, which ends when it has nothing to do. */
export function compactInThread (path: string): (last: number) => Promise<void> {
  const pool = new Piscina({
    filename: new URL('./compactor.js', import.meta.url).href,
    minThreads: 0,
    maxThreads: 1,
    idleTimeout: 0,
    recordTiming: false
  })
  return async last => {
    const job: CompactJob = { path, last }
    await pool.run(job)
  }
}
