import { dirname, resolve } from 'node:path'
import { isOpen, operationAt, peekTasks } from '../../core/calculation.js'
import type { Clock } from '../../core/clock.js'
import { domainError } from '../../core/errors.js'
import { leaseToken } from '../../core/lease.js'
import type { Change, Store, StoreRules } from '../../core/store.js'
import type { Transition, WrittenSubmit } from '../../core/transition.js'
import { createListeners } from '../listeners.js'
import type { Ledger } from '../memory/ledger.js'
import { type Queue, createQueue } from '../memory/queue.js'
import { type Compaction, DUE_BYTES, compactInThread, createCompaction } from './compaction.js'
import { type Disk, realDisk } from './disk.js'
import { type Journal, type JournalFault, createJournal } from './journal.js'
import { type Place, removeSegments, segmentPath } from './place.js'
import { recover } from './recover.js'
import { writeSnapshot } from './snapshot.js'
import { type Uptime, createUptime } from './uptime.js'

export interface FileStoreOptions {
  /** The snapshot file; the journal's segments and the lock stand beside it. */
  readonly path: string
  readonly clock: Clock
  readonly rules: StoreRules
  /** Names an attempt; what no claim ever had, in this process life or another. */
  readonly newLease: () => string
  /** Told when the disk fails and when it works again; `fatal` when only a restart can tell what is on it. */
  readonly onFault: (error: unknown, fatal: boolean) => void
  readonly disk?: Disk
  /** Size of the journal, in bytes, at which a snapshot is made though the server is busy. */
  readonly snapshotBytes?: number
  /** Builds the snapshot up to a line of the journal; by default in a worker thread. */
  readonly compact?: (last: number) => Promise<void>
}

/** How long after a failed write the store reads itself back from the disk, in ms. */
const REPAIR_MS = 1_000

/** The queue in memory and the journal that keeps it. */
interface Live {
  readonly store: string
  readonly issuer: string
  readonly ledger: Ledger
  readonly uptime: Uptime
  readonly queue: Queue
  readonly journal: Journal
  readonly compaction: Compaction
}

/**
 * The memory store made durable: every transition is a line of the journal, and no answer leaves
 * before the lines that it may reveal are on disk. After a failed write the memory may be ahead of
 * the disk, so it is thrown away and read back; meanwhile every verb is refused. After a failed
 * sync it stays refused, for only a new process may trust the disk again.
 *
 * @throws when another process uses the file, or the files are damaged
 */
export async function openFileStore (options: FileStoreOptions): Promise<Store> {
  const { clock, rules, newLease, onFault, disk = realDisk } = options
  const place: Place = { disk, path: resolve(options.path) }
  const { compact = compactInThread(place.path), snapshotBytes: dueBytes = DUE_BYTES } = options
  const listeners = createListeners()
  let changes: Change[] = []
  /** Null while the store cannot serve: after a fault, and once it is closed. */
  let live: Live | null = null
  /** What the last journal could not keep, which must not be found when it is read back. */
  let undone: JournalFault | null = null
  let cancelRepair = (): void => {}
  let repairing: Promise<void> | null = null
  let closing: Promise<void> | null = null

  await disk.makeFolder(dirname(place.path))
  const lock = await disk.lock(place.path)
  try {
    live = await start()
  } catch (error) {
    await lock.release()
    throw error
  }

  async function start (): Promise<Live> {
    const { store, issuer, ledger, snapshotLast, ...newest } = await recover(place)
    const journal = createJournal({
      ...newest, store, disk, pathOf: first => segmentPath(place, first), onFault: fail
    })
    const uptime = createUptime(clock, ledger, journal.append)
    const keep = (transition: Transition | WrittenSubmit): void => {
      uptime.note()
      journal.append(transition)
    }
    const announce = (change: Change): void => {
      changes.push(change)
    }
    const queue = createQueue({
      ledger, clock, rules, issuer, newLease: () => leaseToken(issuer, newLease()), keep, announce
    })
    const compaction = createCompaction({
      clock, journal, snapshotLast, dueBytes, compact, onFault: error => onFault(error, false)
    })
    // Fewer expressions may be retained than before.
    await journal.kept()
    return { store, issuer, ledger, uptime, queue, journal, compaction }
  }

  function fail (fault: JournalFault): void {
    const stopped = live?.compaction.stop()
    live = null
    undone = fault
    if (fault.during === 'sync') return onFault(fault.error, true)
    // While it is being started, whoever starts it is told.
    if (stopped === undefined) return
    onFault(fault.error, false)
    repairLater(stopped)
  }

  function repairLater (stopped: Promise<void>): void {
    if (closing !== null) return
    cancelRepair = clock.after(REPAIR_MS, () => {
      repairing = repair(stopped)
    })
  }

  async function repair (stopped: Promise<void>): Promise<void> {
    try {
      await stopped
      if (undone !== null) await (await disk.reopen(undone.path, undone.size, undone.size)).close()
      live = await start()
      undone = null
    } catch (error) {
      if (undone?.during === 'sync') return
      onFault(error, false)
      return repairLater(stopped)
    }
    // Agents that wait need not wait for the next submit.
    listeners.tell({ type: 'ready', counts: readyCounts(live.ledger) })
  }

  /** Does it in memory, waits until it is kept, tells who watches, and only then answers. */
  async function verb<T> (act: (queue: Queue) => T): Promise<T> {
    if (live === null || closing !== null) throw domainError('storage_unavailable')
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
  async function settle ({ store, issuer, ledger, uptime, journal, compaction }: Live): Promise<void> {
    await compaction.stop()
    try {
      uptime.end()
      const last = await journal.rotate()
      await writeSnapshot(disk, place.path, ledger, { store, issuer, last })
      await removeSegments(place, last)
    } catch (error) {
      // Nothing is lost: the journal has it all, and the next start replays it.
      onFault(error, false)
    }
    await journal.close()
  }

  async function shutDown (): Promise<void> {
    cancelRepair()
    try {
      await repairing
      if (live !== null) await settle(live)
    } finally {
      live = null
      await lock.release()
    }
  }

  return {
    submit: submission => verb(queue => queue.submit(submission)),
    admit: intent => verb(queue => queue.admit(intent)),
    claim: claim => verb(queue => queue.claim(claim)),
    settle: (reports, next) => verb(queue => queue.settle(reports, next)),
    renew: leases => verb(queue => queue.renew(leases)),
    release: leases => verb(queue => queue.release(leases)),
    expire: () => verb(queue => queue.expire()),
    cancel: id => verb(queue => queue.cancel(id)),
    retrieve: id => verb(queue => queue.retrieve(id)),
    find: id => verb(queue => queue.find(id)),
    findOperations: (id, range) => verb(queue => queue.findOperations(id, range)),
    list: query => verb(queue => queue.list(query)),
    listVersion: () => verb(queue => queue.listVersion()),
    load: () => verb(queue => queue.load()),
    backlog: () => verb(queue => queue.backlog()),
    survey: () => verb(queue => queue.survey()),
    serves: () => live !== null && closing === null,
    watch: listeners.add,
    close () {
      closing ??= shutDown()
      return closing
    }
  }
}

function readyCounts (ledger: Ledger): Map<string, number> {
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
