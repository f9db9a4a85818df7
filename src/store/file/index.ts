import type { Clock } from '../../core/clock.js'
import { domainError } from '../../core/errors.js'
import type { Change, Store, StoreRules } from '../../core/store.js'
import { createListeners } from '../listeners.js'
import type { Queue } from '../../core/queue/queue.js'
import { type Compact, DUE_BYTES } from './compaction.js'
import { compactInWorker } from './compaction-runner.js'
import { type Disk, realDisk } from './disk.js'
import { writeLastSnapshot } from './durable-queue.js'
import { checkFileName } from './file-names.js'
import { type RepairableQueue, openRepairableQueue } from './repair.js'
import type { StoreFiles } from './store-files.js'

export interface FileStoreOptions {
  /** The snapshot file; the journal's segments and the lock are in the same folder. A link is followed once. */
  readonly path: string
  readonly clock: Clock
  readonly rules: StoreRules
  /** Names an attempt in letters, digits and `._-`; never twice, in this process or another. */
  readonly newLease: () => string
  /** Called when the disk fails; `fatal` when only a restart can tell what is on it, or which process uses it. */
  readonly onFault: (error: unknown, fatal: boolean) => void
  /** Called when changes are accepted again after a fault that was not fatal. */
  readonly onRecovery?: () => void
  /** Called when a snapshot fails, with the time until the next attempt in ms; null when the store is being closed. */
  readonly onSnapshotFault?: (error: unknown, retryMs: number | null) => void
  readonly disk?: Disk
  /** Size of the journal, in bytes, at which a snapshot is made though the server is busy. */
  readonly snapshotBytes?: number
  /** Builds the snapshot up to a line of the journal; by default in a worker thread. */
  readonly compact?: Compact
}

/**
 * The queue made durable: each transition is a line of the journal, and no answer leaves before the lines that it may
 * reveal are on disk. `repair.ts` has what happens when the disk fails.
 *
 * @throws StoreFileError when another process uses the files, or they are corrupt or of an unknown format
 */
export async function openFileStore (options: FileStoreOptions): Promise<Store> {
  const { onRecovery = () => {}, onSnapshotFault = () => {}, disk = realDisk } = options
  const files: StoreFiles = { disk, path: await disk.resolve(options.path) }
  checkFileName(files.path)
  const lock = await disk.lock(files.path)
  const listeners = createListeners()
  const changes: Change[] = []
  try {
    const repairable = await openRepairableQueue({
      ...options,
      files,
      isHeld: lock.isHeld,
      dueBytes: options.snapshotBytes ?? DUE_BYTES,
      compact: options.compact ?? compactInWorker(files.path, options.clock),
      announce: change => { changes.push(change) },
      onSnapshotFault,
      onRecovery ({ queue }) {
        onRecovery()
        // Agents that wait need not wait for the next submit.
        listeners.notify({ type: 'ready', counts: queue.taskOverview().ready })
      }
    })
    const close = async (): Promise<void> => {
      try {
        await closeQueue(repairable, files, error => onSnapshotFault(error, null))
      } finally {
        await lock.release()
      }
    }
    return storeOn(repairable, changes, listeners, close)
  } catch (error) {
    await lock.release()
    throw error
  }
}

/** @param onFailure called when the last snapshot fails: nothing is lost, because the next start replays the journal */
async function closeQueue (
  repairable: RepairableQueue, files: StoreFiles, onFailure: (error: unknown) => void
): Promise<void> {
  await repairable.stop()
  const { current } = repairable
  if (current === null) return
  await writeLastSnapshot(current, files).catch(error => {
    // A fatal fault was reported already.
    if (repairable.current !== null) onFailure(error)
  })
  await current.journal.close()
}

/** @param changes announced by the verbs since this was last emptied */
function storeOn (
  repairable: RepairableQueue, changes: Change[], listeners: ReturnType<typeof createListeners>,
  close: () => Promise<void>
): Store {
  let closing: Promise<void> | null = null

  /** Changes the memory, waits until the change is durable, notifies the listeners, and only then returns. */
  async function change<T> (act: (queue: Queue) => T): Promise<T> {
    const { current } = repairable
    if (current === null || !repairable.takesChanges || closing !== null) throw domainError('storage_unavailable')
    const { queue, journal, compaction } = current
    try {
      return act(queue)
    } finally {
      const revealed = changes.splice(0)
      await journal.durable().catch(cause => { throw domainError('storage_unavailable', {}, cause) })
      for (const change of revealed) listeners.notify(change)
      compaction.consider()
    }
  }

  /** For verbs that write nothing. Reads again where the memory that it has read was ahead of the disk. */
  async function read<T> (act: (queue: Queue) => T): Promise<T> {
    for (;;) {
      if (repairable.current === null && closing === null) await repairable.whenRead()
      const { current } = repairable
      if (current === null || closing !== null) throw domainError('storage_unavailable')
      const result = act(current.queue)
      if (await current.journal.durable().then(() => true, () => false)) return result
    }
  }

  return {
    ...recoveredOf(repairable),
    submit: submission => change(queue => queue.submit(submission)),
    admit: intent => change(queue => queue.admit(intent)),
    claim: claim => change(queue => queue.claim(claim)),
    report: reports => change(queue => queue.report(reports)),
    reportAndClaim: (reports, claim) => change(queue => queue.reportAndClaim(reports, claim)),
    // The journal does not record renewals.
    renew: leases => read(queue => queue.renew(leases)),
    check: leases => read(queue => queue.check(leases)),
    release: leases => change(queue => queue.release(leases)),
    expire: () => change(queue => queue.expire()),
    cancel: id => change(queue => queue.cancel(id)),
    retrieve: id => change(queue => queue.retrieve(id)),
    find: id => read(queue => queue.find(id)),
    findByKey: idempotency => read(queue => queue.findByKey(idempotency)),
    findOperations: (id, range) => read(queue => queue.findOperations(id, range)),
    changesOf: (id, since, limit) => read(queue => queue.changesOf(id, since, limit)),
    listChanges: (since, limit) => read(queue => queue.listChanges(since, limit)),
    list: query => read(queue => queue.list(query)),
    listVersion: () => read(queue => queue.listVersion()),
    load: () => read(queue => queue.load()),
    backlog: () => read(queue => queue.backlog()),
    taskOverview: () => read(queue => queue.taskOverview()),
    serves: () => repairable.takesChanges && closing === null,
    watch: listeners.add,
    close () {
      closing ??= close()
      return closing
    }
  }
}

/** What an earlier process left in the store. */
function recoveredOf ({ current }: RepairableQueue): Pick<Store, 'recovered'> {
  if (current === null) return {}
  const { ledger, queue } = current
  return {
    recovered: {
      expressions: ledger.size,
      unfinished: queue.load().openExpressions,
      leases: queue.taskOverview().leased.length
    }
  }
}
