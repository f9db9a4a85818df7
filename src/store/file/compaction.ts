import type { Clock } from '../../core/clock.js'
import type { Journal } from './journal.js'

/**
 * Builds the snapshot up to line `last`, off the hot path. When the signal is aborted, it stops soon; what it has done
 * by then is harmless.
 */
export type Compact = (last: number, signal: AbortSignal) => Promise<void>

export interface CompactionOptions {
  readonly clock: Clock
  readonly journal: Pick<Journal, 'last' | 'size' | 'rotate'>
  /** Number of the last line that the snapshot includes. */
  readonly snapshotLast: number
  /** The size of a journal segment, in bytes, from which it is compacted though the server is busy. */
  readonly dueBytes: number
  readonly compact: Compact
  /** Called with the time until the next attempt, in ms. A failed snapshot loses nothing: the journal continues. */
  readonly onFailure: (error: unknown, retryMs: number) => void
}

/** Replayed in about a second at a restart; at full load, one snapshot in ten seconds. */
export const DUE_BYTES = 32 * 1024 * 1024

/** A server without a change for this long (ms) is idle, and makes its snapshot then. */
const IDLE_MS = 5_000

/** The time between a failed snapshot and the next attempt (ms); each failure doubles it, up to the maximum. */
const RETRY_MS = 60_000
const MAX_RETRY_MS = 16 * RETRY_MS

/** A snapshot that takes longer than this (ms) is aborted: the largest ones take a minute. */
const LIMIT_MS = 600_000

export type Compaction = ReturnType<typeof createCompaction>

/** Decides when the journal is turned into a new snapshot: when the server is idle, and when the segment is large. */
export function createCompaction (options: CompactionOptions) {
  const { clock, journal, snapshotLast, dueBytes, compact, onFailure } = options
  let covered = snapshotLast
  let running: Promise<void> | null = null
  let abort = new AbortController()
  let cancelTimer: (() => void) | null = null
  let retryMs = RETRY_MS
  let notBefore = 0
  let isStopped = false

  /** To be called after each change; costs next to nothing while nothing is due. */
  function consider (): void {
    if (isStopped || running !== null || journal.last === covered) return
    if (journal.size >= dueBytes && clock.monotonic() >= notBefore) start()
    else if (cancelTimer === null) watchForIdle()
  }

  /** One timer that looks now and then, instead of one that every change would restart. */
  function watchForIdle (): void {
    const seen = journal.last
    cancelTimer = clock.after(Math.max(IDLE_MS, notBefore - clock.monotonic()), () => {
      cancelTimer = null
      if (isStopped || running !== null) return
      if (journal.last === seen) start()
      else watchForIdle()
    })
  }

  function start (): void {
    cancelTimer?.()
    cancelTimer = null
    abort = new AbortController()
    running = run(abort).catch(error => {
      // An aborted snapshot is no fault.
      if (isStopped) return
      notBefore = clock.monotonic() + retryMs
      onFailure(error, retryMs)
      retryMs = Math.min(2 * retryMs, MAX_RETRY_MS)
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

  /** Aborts the compaction that is under way, and starts no more. */
  async function stop (): Promise<void> {
    isStopped = true
    cancelTimer?.()
    abort.abort()
    await running
  }

  return { consider, stop }
}
