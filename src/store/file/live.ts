import { isOpen, operationAt, peekTasks } from '../../core/queue/calculation.js'
import type { Clock } from '../../core/clock.js'
import { leaseToken } from '../../core/queue/lease-token.js'
import type { Change, StoreRules } from '../../core/store.js'
import type { Transition, WrittenSubmit } from '../../core/queue/transition.js'
import type { Ledger } from '../../core/queue/ledger.js'
import { type Queue, createQueue } from '../../core/queue/queue.js'
import { type Compact, type Compaction, type OnSnapshotFault, createCompaction } from './compaction.js'
import { type Journal, type JournalFault, createJournal } from './journal.js'
import { type Place, segmentPath } from './segments.js'
import { recover } from './recover.js'
import { releaseLocal } from './release-local.js'
import { type Uptime, createUptime } from './uptime.js'

/** The queue in memory and the journal that keeps it. */
export interface Live {
  readonly store: string
  readonly issuer: string
  readonly ledger: Ledger
  readonly uptime: Uptime
  readonly queue: Queue
  readonly journal: Journal
  readonly compaction: Compaction
}

export interface LiveOptions {
  readonly place: Place
  readonly clock: Clock
  readonly rules: StoreRules
  /** Names an attempt; what no claim ever had, in this process life or another. */
  readonly newLease: () => string
  readonly announce: (change: Change) => void
  /** Whether this process still has the store. */
  readonly isHeld: () => boolean
  readonly onFault: (fault: JournalFault) => void
  readonly dueBytes: number
  readonly compact: Compact
  readonly onSnapshotFault: OnSnapshotFault
}

/**
 * Reads the store back from the disk.
 *
 * @param sameProcess false at the start of the process, which ended the agents of the one before it
 * @throws what reading it throws; the journal may have failed then, too
 */
export async function bringToLife (
  options: LiveOptions, { sameProcess }: { readonly sameProcess: boolean }
): Promise<Live> {
  const { place, clock, isHeld, onFault, dueBytes, compact, onSnapshotFault } = options
  const { store, issuer, ledger, snapshotLast, ...newest } = await recover(place)
  const journal = createJournal({
    ...newest, store, disk: place.disk, pathOf: first => segmentPath(place, first), isHeld, onFault
  })
  const uptime = createUptime(clock, ledger, journal.append)
  const keep = keepIn(journal, uptime)
  if (!sameProcess) releaseLocal(ledger, clock.now(), keep)
  const queue = queueOn({ issuer, ledger, uptime, journal }, options)
  const compaction = createCompaction({
    clock, journal, snapshotLast, dueBytes, compact, onFault: onSnapshotFault
  })
  // Fewer expressions may be retained than before.
  await journal.kept()
  return { store, issuer, ledger, uptime, queue, journal, compaction }
}

/** The same as after a restart: leases are granted again in full, and the time up to now does not count. */
export function resume (live: Live, options: LiveOptions): Live {
  const uptime = createUptime(options.clock, live.ledger, live.journal.append)
  return { ...live, uptime, queue: queueOn({ ...live, uptime }, options) }
}

function queueOn (
  { issuer, ledger, uptime, journal }: Pick<Live, 'issuer' | 'ledger' | 'uptime' | 'journal'>,
  { clock, rules, newLease, announce }: LiveOptions
): Queue {
  const keep = keepIn(journal, uptime)
  return createQueue({
    ledger, clock, rules, issuer, newLease: () => leaseToken(issuer, newLease()), append: keep, announce
  })
}

function keepIn (journal: Journal, uptime: Uptime): (transition: Transition | WrittenSubmit) => void {
  return transition => {
    uptime.note()
    journal.append(transition)
  }
}

/** How many tasks can be claimed, by symbol. */
export function readyCounts (ledger: Ledger): Map<string, number> {
  const counts = new Map<string, number>()
  for (const calculation of ledger.all()) {
    if (!isOpen(calculation)) continue
    let index = 0
    for (const { state } of peekTasks(calculation)) {
      const { symbol } = operationAt(calculation, index++)
      if (state === 'ready') counts.set(symbol, (counts.get(symbol) ?? 0) + 1)
    }
  }
  return counts
}
