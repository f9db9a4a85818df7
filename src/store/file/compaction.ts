import type { Clock } from '../../core/clock.js'
import type { Journal } from './journal.js'

/** When the journal is turned into a new snapshot. */
export interface Compaction {
  /** To be called after a mutation; costs nothing when there is nothing to do. */
  consider (): void
  /** Starts no more, and stops the one that is under way. */
  stop (): Promise<void>
}

/**
 * Builds the snapshot up to line `last`, off the hot path. When the signal is aborted, it stops soon; whatever it has
 * done until then harms nothing.
 */
export type Compact = (last: number, signal: AbortSignal) => Promise<void>

/** A snapshot that could not be made loses nothing: the journal goes on. Told with the time until the next try. */
export type OnSnapshotFault = (error: unknown, retryMs: number) => void

export interface CompactionOptions {
  readonly clock: Clock
  readonly journal: Journal
  /** Number of the last line that the snapshot holds. */
  readonly snapshotLast: number
  /** A journal segment of this size is due, busy or not. */
  readonly dueBytes: number
  readonly compact: Compact
  readonly onFailure: OnSnapshotFault
}

/** About a second of replaying at a restart, and at full load one snapshot in ten seconds. */
export const DUE_BYTES = 32 * 1024 * 1024

/** A server without a mutation for this long (ms) is idle, and makes its snapshot then. */
const IDLE_MS = 5_000

/** After a snapshot that failed, the next is tried no sooner (ms); each failure doubles that, up to the longest. */
const RETRY_MS = 60_000
const LONGEST_RETRY_MS = 16 * RETRY_MS

/** A snapshot that takes longer than this (ms) is given up: the largest ones take a minute. */
const LIMIT_MS = 600_000

export function createCompaction (options: CompactionOptions): Compaction {
  const { clock, journal, snapshotLast, dueBytes, compact, onFailure: onFault } = options
  let covered = snapshotLast
  let running: Promise<void> | null = null
  let abort = new AbortController()
  let cancelTimer: (() => void) | null = null
  let retryMs = RETRY_MS
  let notBefore = 0
  let stopped = false

  function consider (): void {
    if (stopped || running !== null || journal.last === covered) return
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
    abort = new AbortController()
    running = run(abort).catch(error => {
      // It was told to stop, so that it did not finish is no fault.
      if (stopped) return
      notBefore = clock.monotonic() + retryMs
      onFault(error, retryMs)
      retryMs = Math.min(2 * retryMs, LONGEST_RETRY_MS)
    }).finally(() => {
      running = null
      consider()
    })
  }

  async function run (abort: AbortController): Promise<void> {
    const last = await journal.rotate()
    abort.signal.throwIfAborted()
    const cancel = clock.after(LIMIT_MS, () => {
      abort.abort(new Error(`The snapshot was not finished within ${LIMIT_MS / 60_000} minutes`))
    })
    try {
      await compact(last, abort.signal)
    } finally {
      cancel()
    }
    covered = last
    retryMs = RETRY_MS
  }

  return {
    consider,
    async stop () {
      stopped = true
      cancelTimer?.()
      abort.abort()
      await running
    }
  }
}
