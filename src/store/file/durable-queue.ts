import type { Clock } from '../../core/clock.js'
import { leaseToken } from '../../core/queue/lease-token.js'
import type { Change, StoreRules } from '../../core/store.js'
import type { Transition, WrittenSubmit } from '../../core/queue/transition.js'
import { type Queue, createQueue } from '../../core/queue/queue.js'
import { type ClockGaps, createClockGaps } from './clock-gaps.js'
import { type Compact, createCompaction } from './compaction.js'
import { segmentPath } from './file-names.js'
import { type Journal, type JournalFault, createJournal } from './journal.js'
import { releaseLocalLeases } from './local-leases.js'
import { recover } from './recover.js'
import { writeSnapshot } from './snapshot.js'
import { type StoreFiles, removeSegments } from './store-files.js'

/** The queue in memory and the journal that makes it durable. */
export type DurableQueue = Awaited<ReturnType<typeof openDurableQueue>>

export interface DurableQueueOptions {
  readonly files: StoreFiles
  readonly clock: Clock
  readonly rules: StoreRules
  /** Names an attempt in letters, digits and `._-`; never twice, in this process or another. */
  readonly newLease: () => string
  readonly announce: (change: Change) => void
  /** Whether this process still has the lock of the store. */
  readonly isHeld: () => boolean
  readonly dueBytes: number
  readonly compact: Compact
  /** Called with the time until the next attempt, in ms. */
  readonly onSnapshotFault: (error: unknown, retryMs: number) => void
}

/**
 * Reads the store from the disk.
 *
 * @param onFault called when the journal fails, from now on
 * @param sameProcess false at the start of the process, which ended the agents of the process before it
 * @throws the error of reading it; the journal may have failed then, too
 */
export async function openDurableQueue (
  options: DurableQueueOptions,
  { onFault, sameProcess }: { readonly onFault: (fault: JournalFault) => void, readonly sameProcess: boolean }
) {
  const { files, clock, isHeld, dueBytes, compact, onSnapshotFault } = options
  const { store, issuer, ledger, snapshotLast, ...newest } = await recover(files)
  const { disk, path } = files
  const journal = createJournal({ ...newest, store, disk, pathOf: first => segmentPath(path, first), isHeld, onFault })
  const clockGaps = createClockGaps(clock, ledger, journal.append)
  if (!sameProcess) releaseLocalLeases(ledger, clock.now(), appendTo(journal, clockGaps))
  const queue = queueOn({ issuer, ledger, clockGaps, journal }, options)
  const compaction = createCompaction({ clock, journal, snapshotLast, dueBytes, compact, onFailure: onSnapshotFault })
  // A lower limit of retention may have deleted expressions.
  await journal.durable()
  return { store, issuer, ledger, clockGaps, queue, journal, compaction }
}

/** As after a restart: leases are granted again in full, and the time up to now does not count. */
export function resumed (current: DurableQueue, options: DurableQueueOptions): DurableQueue {
  const { issuer, ledger, journal } = current
  const clockGaps = createClockGaps(options.clock, ledger, journal.append)
  return { ...current, clockGaps, queue: queueOn({ issuer, ledger, clockGaps, journal }, options) }
}

function queueOn (
  { issuer, ledger, clockGaps, journal }: Pick<DurableQueue, 'issuer' | 'ledger' | 'clockGaps' | 'journal'>,
  { clock, rules, newLease, announce }: DurableQueueOptions
): Queue {
  const append = appendTo(journal, clockGaps)
  return createQueue({
    ledger, clock, rules, issuer, newLease: () => leaseToken(issuer, newLease()), append, announce
  })
}

function appendTo (journal: Journal, clockGaps: ClockGaps): (transition: Transition | WrittenSubmit) => void {
  return transition => {
    clockGaps.beforeAppend()
    journal.append(transition)
  }
}

/** Writes everything into the snapshot, from memory; nothing may change the queue any more. */
export async function writeLastSnapshot (
  { store, issuer, ledger, clockGaps, journal, compaction }: DurableQueue, files: StoreFiles
): Promise<void> {
  await compaction.stop()
  clockGaps.end()
  const last = await journal.rotate()
  await writeSnapshot(files.disk, files.path, ledger, { store, issuer, last })
  await removeSegments(files, last)
}
