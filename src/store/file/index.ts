import type { Clock } from '../../core/clock.js'
import { domainError } from '../../core/errors.js'
import type { Change, Store, StoreRules } from '../../core/store.js'
import { createListeners } from '../listeners.js'
import type { Queue } from '../../core/queue/queue.js'
import { compactInThread } from './compaction-thread.js'
import { type Compact, DUE_BYTES } from './compaction.js'
import { type Disk, realDisk } from './disk.js'
import type { JournalFault } from './journal.js'
import { type Live, type LiveOptions, bringToLife, readyCounts, resume } from './live.js'
import { isOwnershipError, lockLostError } from './ownership.js'
import { type Place, removeSegments } from './segments.js'
import { probe } from './probe.js'
import { writeSnapshot } from './snapshot.js'
import { refuseName } from './stem.js'

export interface FileStoreOptions {
  /** The snapshot file; the journal's segments and the lock stand beside it. A link is followed once. */
  readonly path: string
  readonly clock: Clock
  readonly rules: StoreRules
  /** Names an attempt; what no claim ever had, in this process life or another. */
  readonly newLease: () => string
  /** Told when the disk fails; `fatal` when only a restart can tell what is on it, or who uses it. */
  readonly onFault: (error: unknown, fatal: boolean) => void
  /** Told when changes are taken again after a fault that was not fatal. */
  readonly onRecovery?: () => void
  /** Told when a snapshot could not be made, and of the time until the next try; null when the store is closed. */
  readonly onSnapshotFault?: (error: unknown, retryMs: number | null) => void
  readonly disk?: Disk
  /** Size of the journal, in bytes, at which a snapshot is made though the server is busy. */
  readonly snapshotBytes?: number
  /** Builds the snapshot up to a line of the journal; by default in a worker thread. */
  readonly compact?: Compact
}

/** How long after a failed write or read the disk is tried again, in ms. */
const REPAIR_MS = 1_000

/**
 * The memory store made durable: every transition is a line of the journal, and no answer leaves
 * before the lines that it may reveal are on disk.
 *
 * After a failed write the memory is ahead of the disk, so it is thrown away and read back at once; reads wait for
 * that. From then on changes are refused before they touch the memory, until a probe was written; reads go on. After a
 * failed sync, and when the files are no longer its own, the store refuses everything: only a new process may trust
 * the disk again.
 *
 * @throws when another process uses the file, or the files are damaged
 */
export async function openFileStore (options: FileStoreOptions): Promise<Store> {
  const { clock, onFault, onRecovery = () => {}, onSnapshotFault = () => {}, disk = realDisk } = options
  const place: Place = { disk, path: await disk.settle(options.path) }
  refuseName(place.path)
  const listeners = createListeners()
  let changes: Change[] = []
  /** Null while the store cannot serve: after a fault, and once it is closed. */
  let live: Live | null = null
  /** What the last journal could not keep, which must not be found when it is read back. */
  let undone: JournalFault | null = null
  /** While writes are known to fail: the size of what failed last, in bytes. */
  let refusing: { readonly lost: number } | null = null
  let cancelRetry = (): void => {}
  /** Reads the memory back; fulfilled when that has succeeded or failed. */
  let repairing: Promise<void> | null = null
  let probing: Promise<void> | null = null
  let closing: Promise<void> | null = null

  const lock = await disk.lock(place.path)
  const liveOptions: LiveOptions = {
    ...options,
    place,
    isHeld: lock.isHeld,
    dueBytes: options.snapshotBytes ?? DUE_BYTES,
    compact: options.compact ?? compactInThread(place.path),
    announce: change => { changes.push(change) },
    onFault: fail,
    onSnapshotFault
  }
  try {
    live = await bringToLife(liveOptions, { sameProcess: false })
  } catch (error) {
    await lock.release()
    throw error
  }

  function fail (fault: JournalFault): void {
    const stopped = live?.compaction.stop()
    live = null
    undone = fault
    if (isFatal(fault)) return onFault(fault.error, true)
    // While it is being started, whoever starts it is told.
    if (stopped === undefined) return
    refusing = { lost: fault.lost }
    cancelRetry()
    onFault(fault.error, false)
    if (closing === null) repairing = repair(stopped)
  }

  function later (act: () => void): void {
    if (closing === null) cancelRetry = clock.after(REPAIR_MS, act)
  }

  async function repair (stopped: Promise<void>): Promise<void> {
    try {
      await stopped
      if (undone !== null) {
        if (!lock.isHeld()) throw lockLostError(undone.path)
        await (await disk.reopen(undone.path, undone.size, undone.size)).close()
      }
      live = await bringToLife(liveOptions, { sameProcess: true })
      undone = null
    } catch (error) {
      if (undone !== null && isFatal(undone)) return
      if (isOwnershipError(error)) return onFault(error, true)
      onFault(error, false)
      return later(() => { repairing = repair(stopped) })
    }
    later(() => { probing = tryWrites() })
  }

  /** Changes are let in again when the disk has taken a probe. */
  async function tryWrites (): Promise<void> {
    try {
      await probe(disk, place.path, refusing?.lost ?? 0)
    } catch {
      // The fault was told already, and every change that is refused says so.
      return later(() => { probing = tryWrites() })
    }
    if (live === null) return
    refusing = null
    // While changes were refused, no agent could deliver a result: that must not have cost it its lease.
    live = resume(live, liveOptions)
    onRecovery()
    // Agents that wait need not wait for the next submit.
    listeners.tell({ type: 'ready', counts: readyCounts(live.ledger) })
  }

  /** Does it in memory, waits until it is kept, tells who watches, and only then answers. */
  async function change<T> (act: (queue: Queue) => T): Promise<T> {
    if (live === null || refusing !== null || closing !== null) throw domainError('storage_unavailable')
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

  /** What writes nothing. It is read again where the memory that it came from was ahead of the disk. */
  async function read<T> (act: (queue: Queue) => T): Promise<T> {
    for (;;) {
      if (live === null && closing === null) await repairing
      if (live === null || closing !== null) throw domainError('storage_unavailable')
      const { queue, journal } = live
      const result = act(queue)
      if (await journal.kept().then(() => true, () => false)) return result
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
      // Nothing is lost: the journal has it all, and the next start replays it. What is fatal was told already.
      if (live !== null) onSnapshotFault(error, null)
    }
    await journal.close()
  }

  async function shutDown (): Promise<void> {
    cancelRetry()
    try {
      await repairing
      await probing
      if (live !== null) await settle(live)
    } finally {
      live = null
      await lock.release()
    }
  }

  const { ledger, queue } = live
  const recovered = {
    expressions: ledger.size,
    unfinished: queue.load().openExpressions,
    leases: queue.taskOverview().leased.length
  }
  return {
    recovered,
    submit: submission => change(queue => queue.submit(submission)),
    admit: intent => change(queue => queue.admit(intent)),
    claim: claim => change(queue => queue.claim(claim)),
    report: reports => change(queue => queue.report(reports)),
    reportAndClaim: (reports, claim) => change(queue => queue.reportAndClaim(reports, claim)),
    // Leases that are renewed are not written.
    renew: leases => read(queue => queue.renew(leases)),
    check: leases => read(queue => queue.check(leases)),
    release: leases => change(queue => queue.release(leases)),
    expire: () => change(queue => queue.expire()),
    cancel: id => change(queue => queue.cancel(id)),
    retrieve: id => change(queue => queue.retrieve(id)),
    find: id => read(queue => queue.find(id)),
    findByKey: idempotency => read(queue => queue.findByKey(idempotency)),
    findOperations: (id, range) => read(queue => queue.findOperations(id, range)),
    list: query => read(queue => queue.list(query)),
    listVersion: () => read(queue => queue.listVersion()),
    load: () => read(queue => queue.load()),
    backlog: () => read(queue => queue.backlog()),
    taskOverview: () => read(queue => queue.taskOverview()),
    serves: () => live !== null && refusing === null && closing === null,
    watch: listeners.add,
    close () {
      closing ??= shutDown()
      return closing
    }
  }
}

/** Only a new process may go on: this one knows not what is on disk, or whose it is. */
function isFatal ({ during }: JournalFault): boolean {
  return during !== 'write'
}
