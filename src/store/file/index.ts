import { resolve } from 'node:path'
import type { Clock } from '../../core/clock.js'
import { isOpen } from '../../core/calculation.js'
import { domainError } from '../../core/errors.js'
import type { Change, Store, StoreRules } from '../../core/store.js'
import type { Transition } from '../../core/transition.js'
import { createListeners } from '../listeners.js'
import type { Ledger } from '../memory/ledger.js'
import { type Queue, createQueue } from '../memory/queue.js'
import { type Compaction, compactInThread, createCompaction } from './compaction.js'
import { type Disk, realDisk } from './disk.js'
import { type Journal, type JournalFault, createJournal } from './journal.js'
import { acquireLock } from './lock.js'
import { type Place, removeSegments, segmentPath } from './place.js'
import { recover } from './recover.js'
import { writeSnapshot } from './snapshot.js'

export interface FileStoreOptions {
  /** The snapshot file; the journal's segments and the lock stand beside it. */
  readonly path: string
  readonly clock: Clock
  readonly rules: StoreRules
  readonly newLease: () => string
  /** Told when the disk fails and when it works again; `fatal` when only a restart can tell what is on it. */
  readonly onFault: (error: unknown, fatal: boolean) => void
  readonly disk?: Disk
  /** Builds the snapshot up to a line of the journal; by default in a worker thread. */
  readonly compact?: (last: number) => Promise<void>
}

/** How long after a failed write the store reads itself back from the disk, in ms. */
const REPAIR_MS = 1_000

/** The queue in memory and the journal that keeps it. */
interface Live {
  readonly store: string
  readonly ledger: Ledger
  readonly queue: Queue
  readonly journal: Journal
  readonly compaction: Compaction
}

/**
 * The memory store made durable: every transition is a line of the journal, and no answer leaves
 * before the lines that it may reveal are on disk. After a failed write the memory may be ahead of
 * the disk, so it is thrown away and read back; meanwhile every verb is refused.
 *
 * @throws when another process uses the file, or the files are damaged
 */
export async function openFileStore (options: FileStoreOptions): Promise<Store> {
  const { clock, rules, newLease, onFault, disk = realDisk } = options
  const place: Place = { disk, path: resolve(options.path) }
  const { compact = compactInThread(place.path) } = options
  const listeners = createListeners()
  let changes: Change[] = []
  /** Null while the store cannot serve: after a fault, and once it is closed. */
  let live: Live | null = null
  let closed = false
  let cancelRepair = (): void => {}

  await disk.makeFolder(resolve(place.path, '..'))
  const lock = await acquireLock(place.path)
  try {
    live = await start()
  } catch (error) {
    await lock.release()
    throw error
  }

  async function start (): Promise<Live> {
    const { store, ledger, snapshotLast, ...newest } = await recover(place)
    const journal = createJournal({
      ...newest, store, disk, pathOf: first => segmentPath(place, first), onFault: fail
    })
    const keep = (transition: Transition): void => {
      journal.append(transition)
    }
    if (isUnderWay(ledger)) {
      const began: Transition = { do: 'start', at: clock.now() }
      keep(began)
      ledger.apply(began)
    }
    const announce = (change: Change): void => {
      changes.push(change)
    }
    const queue = createQueue({ ledger, clock, rules, newLease, keep, announce })
    const compaction = createCompaction({
      clock, journal, snapshotLast, compact, onFault: error => onFault(error, false)
    })
    await journal.kept()
    return { store, ledger, queue, journal, compaction }
  }

  function fail ({ error, during }: JournalFault): void {
    const failed = live
    live = null
    changes = []
    if (during === 'sync') return onFault(error, true)
    // While it is being started, whoever starts it is told.
    if (failed === null) return
    onFault(error, false)
    cancelRepair = clock.after(REPAIR_MS, () => repair(failed))
  }

  function repair (failed: Live | null): void {
    restart(failed).then(
      restarted => {
        if (closed) return
        live = restarted
        // Agents that wait need not wait for the next submit.
        listeners.tell({ type: 'ready', counts: readyCounts(restarted.ledger) })
      },
      error => {
        onFault(error, false)
        if (!closed) cancelRepair = clock.after(REPAIR_MS, () => repair(null))
      })
  }

  async function restart (failed: Live | null): Promise<Live> {
    await failed?.compaction.stop()
    return start()
  }

  /** Does it in memory, waits until it is kept, tells who watches, and only then answers. */
  async function verb<T> (act: (queue: Queue) => T): Promise<T> {
    if (live === null) throw domainError('storage_unavailable')
    const { queue, journal, compaction } = live
    try {
      return act(queue)
    } finally {
      const revealed = changes
      changes = []
      await journal.kept().catch(cause => { throw domainError('storage_unavailable', {}, cause) })
      for (const change of revealed) listeners.tell(change)
      compaction.consider()
    }
  }

  /** Everything into the snapshot, from memory: nothing changes any more. */
  async function settle ({ store, ledger, journal, compaction }: Live): Promise<void> {
    await compaction.stop()
    const last = await journal.rotate()
    await journal.close()
    await writeSnapshot(disk, place.path, ledger, store, last)
    await removeSegments(place, last)
  }

  async function close (): Promise<void> {
    closed = true
    cancelRepair()
    const closing = live
    live = null
    if (closing !== null) await settle(closing)
    await lock.release()
  }

  return {
    submit: submission => verb(queue => queue.submit(submission)),
    claim: claim => verb(queue => queue.claim(claim)),
    settle: (reports, next) => verb(queue => ({
      outcomes: queue.settle(reports),
      claimed: next === undefined ? [] : queue.claim(next)
    })),
    renew: leases => verb(queue => queue.renew(leases)),
    release: leases => verb(queue => queue.release(leases)),
    expire: () => verb(queue => queue.expire()),
    cancel: id => verb(queue => queue.cancel(id)),
    find: id => verb(queue => queue.find(id)),
    findOperations: (id, range) => verb(queue => queue.findOperations(id, range)),
    list: query => verb(queue => queue.list(query)),
    load: () => verb(queue => queue.load()),
    watch: listeners.add,
    close
  }
}

/** True when some calculation has been begun and is not over: its time counts. */
function isUnderWay (ledger: Ledger): boolean {
  for (const calculation of ledger.all()) if (calculation.startedAt !== null && isOpen(calculation)) return true
  return false
}

function readyCounts (ledger: Ledger): Map<string, number> {
  const counts = new Map<string, number>()
  for (const { plan, tasks } of ledger.all()) {
    tasks.forEach(({ state }, index) => {
      const { symbol } = plan.operations[index]!
      if (state === 'ready') counts.set(symbol, (counts.get(symbol) ?? 0) + 1)
    })
  }
  return counts
}
