import { type Disk, createFile } from './disk.js'
import { type DurableQueue, type DurableQueueOptions, openDurableQueue, resumed } from './durable-queue.js'
import { OwnershipError } from './errors.js'
import { probePath } from './file-names.js'
import type { JournalFault } from './journal.js'

export interface RepairOptions extends DurableQueueOptions {
  /** Called when the disk fails; `fatal` when only a new process may trust it again. */
  readonly onFault: (error: unknown, fatal: boolean) => void
  /** Called when changes are accepted again after a fault that was not fatal. */
  readonly onRecovery: (current: DurableQueue) => void
}

/** The interval of attempts to read a failed store again, and then to write a probe, in ms. */
const REPAIR_MS = 1_000

export type RepairableQueue = Awaited<ReturnType<typeof openRepairableQueue>>

/**
 * The durable queue across faults of the disk. After a failed write the memory is ahead of the disk, so it is discarded
 * and read again at once. Then reads go on, and changes are to be refused until the disk accepts a probe.
 *
 * After a failed sync, and when the files no longer belong to this process, the queue stays closed: only a new process
 * may trust the disk again.
 *
 * @throws the error of the first reading
 */
export async function openRepairableQueue (options: RepairOptions) {
  const { files: { disk, path }, clock, isHeld, onFault, onRecovery } = options
  let current: DurableQueue | null = null
  /** What the last journal could not store, to be cut off before the store is read again. */
  let unstored: JournalFault | null = null
  /** While writes are known to fail: the size of the group that failed, in bytes. */
  let failedBytes: number | null = null
  let isStopped = false
  let cancelRetry = (): void => {}
  let reading: Promise<void> | null = null
  let probing: Promise<void> | null = null

  function fail (fault: JournalFault): void {
    const compacted = current?.compaction.stop()
    current = null
    unstored = fault
    if (isFatal(fault)) return onFault(fault.error, true)
    // A fault while the store is being opened rejects that instead.
    if (compacted === undefined) return
    failedBytes = fault.failedBytes
    cancelRetry()
    onFault(fault.error, false)
    if (!isStopped) reading = readAgain(compacted)
  }

  function later (act: () => void): void {
    if (!isStopped) cancelRetry = clock.after(REPAIR_MS, act)
  }

  async function readAgain (compacted: Promise<void>): Promise<void> {
    try {
      await compacted
      if (unstored !== null) {
        if (!isHeld()) throw OwnershipError.lockLost(unstored.path)
        await (await disk.reopen(unstored.path, unstored.size, unstored.size)).close()
      }
      current = await openDurableQueue(options, { onFault: fail, sameProcess: true })
      unstored = null
    } catch (error) {
      if (unstored !== null && isFatal(unstored)) return
      if (error instanceof OwnershipError) return onFault(error, true)
      onFault(error, false)
      return later(() => { reading = readAgain(compacted) })
    }
    later(() => { probing = tryWrites() })
  }

  async function tryWrites (): Promise<void> {
    try {
      await probeDisk(disk, path, failedBytes ?? 0)
    } catch {
      // The fault was reported already, and each refused change reports it.
      return later(() => { probing = tryWrites() })
    }
    if (current === null) return
    failedBytes = null
    // While changes were refused, no agent could deliver a result: that must not have ended its lease.
    current = resumed(current, options)
    onRecovery(current)
  }

  current = await openDurableQueue(options, { onFault: fail, sameProcess: false })
  return {
    /** Null while the store is read again, and after a fatal fault. */
    get current (): DurableQueue | null {
      return current
    },

    /** False from a failed write until a probe succeeds. */
    get takesChanges (): boolean {
      return current !== null && failedBytes === null
    },

    /** Fulfilled when the reading that is under way has succeeded or failed. */
    async whenRead (): Promise<void> {
      await reading
    },

    /** Ends the repair; nothing is read or probed afterwards. */
    async stop (): Promise<void> {
      isStopped = true
      cancelRetry()
      await reading
      await probing
    }
  }
}

/** Whether only a new process may continue, because this one no longer knows what is on disk, or whose it is. */
function isFatal ({ during }: JournalFault): boolean {
  return during !== 'write'
}

/** About the size of a group of many lines, in bytes. */
const MIN_BYTES = 1024 ** 2

/**
 * Tests whether the disk accepts writes: writes a file beside the store, syncs it and removes it. The file is larger
 * than the group that failed, so that the same group does not fail again.
 *
 * @throws the error of the disk
 */
async function probeDisk (disk: Disk, storePath: string, failedBytes: number): Promise<void> {
  const path = probePath(storePath)
  const file = await createFile(disk, path, Buffer.alloc(Math.max(MIN_BYTES, 2 * failedBytes)))
  await file.close()
  await disk.remove(path)
}
