import type { Transition, WrittenSubmit } from '../../core/queue/transition.js'
import { type Disk, type DiskFile, createFile } from './disk.js'
import { OwnershipError } from './errors.js'
import { encodeGroup, encodeHeader, encodeLine, encodeWritten } from './segment.js'

export interface JournalOptions {
  readonly disk: Disk
  readonly store: string
  /** The path of the segment whose first line has this number. */
  readonly pathOf: (first: number) => string
  readonly file: DiskFile
  /** Number of the first line that the file may hold, of the last that it does, and its size; all of it is on disk. */
  readonly first: number
  readonly last: number
  readonly size: number
  /** Whether this process still has the lock; asked before each group is written and before it is acknowledged. */
  readonly isHeld: () => boolean
  /** Called once, when a group could not be stored: the journal then takes nothing more. */
  readonly onFault: (fault: JournalFault) => void
}

export interface JournalFault {
  readonly error: unknown
  /**
   * After a failed write the file is known up to `size`. After a failed sync its content is unknown. After a failed
   * check the files no longer belong to this process, which must not touch them.
   */
  readonly during: 'write' | 'sync' | 'check'
  /** The segment, and its size in bytes without the group that failed. */
  readonly path: string
  readonly size: number
  /** The size of the group that failed, in bytes. */
  readonly failedBytes: number
}

/** Lines that reach the disk together. */
interface CommitGroup {
  /** Texts, and bytes where a plan is encoded already. */
  readonly lines: Array<string | Uint8Array>
  readonly durable: Deferred<void>
  needsSync: boolean
}

interface Rotation {
  readonly done: Deferred<number>
  /** Number of the last line that the segment before it must have. */
  after: number
}

const DURABLE = Promise.resolve()

/** What a power loss may take back: which agent has which task, and since when. */
const FORGETTABLE: ReadonlySet<Transition['do']> = new Set(['claim', 'start'])

export type Journal = ReturnType<typeof createJournal>

/**
 * The journal that is being written. Transitions are appended at once and reach the disk in commit groups: lines that
 * arrive while one group is written and synced wait for the next and share its sync. So at most one sync is in flight,
 * and no caller waits for more than two.
 *
 * A group of claims alone is written and not synced: it survives a kill, and a power loss forgets only which agent was
 * working.
 */
export function createJournal (options: JournalOptions) {
  const { disk, store, pathOf, isHeld, onFault } = options
  let segment = openSegment(options.file, pathOf(options.first), options)
  let { last } = options
  /** Number of the last line of the groups taken so far, and of the last line that is known to be on disk. */
  let taken = last
  let synced = last
  let gathering: CommitGroup | null = null
  let flushing: CommitGroup | null = null
  let rotation: Rotation | null = null
  let broken: JournalFault | null = null
  let running: Promise<void> | null = null

  async function run (): Promise<void> {
    // Everything that arrives in the same turn of the event loop joins the first group.
    await new Promise(resolve => setImmediate(resolve))
    for (;;) {
      if (broken === null && gathering !== null) {
        flushing = gathering
        gathering = null
        taken = last
        await flush(flushing)
        flushing = null
      }
      if (broken !== null) break
      if (rotation !== null && taken >= rotation.after) {
        const { done } = rotation
        rotation = null
        await rotateNow(done)
      }
      if (gathering === null && rotation === null) break
    }
    running = null
  }

  async function flush ({ lines, durable, needsSync }: CommitGroup): Promise<void> {
    const data = encodeGroup(lines, taken, synced)
    let during: JournalFault['during'] = 'check'
    try {
      segment.checkOwnership(isHeld)
      during = 'write'
      await segment.file.append(data)
      during = 'sync'
      if (needsSync) await segment.file.sync()
      during = 'check'
      segment.checkOwnership(isHeld)
      if (needsSync) synced = taken
      segment.size += data.length
      durable.resolve()
    } catch (error) {
      await fail(error, during, data.length)
      durable.reject(error)
    }
  }

  /** Takes nothing more, and rejects everything that waits. */
  async function fail (error: unknown, during: JournalFault['during'], failedBytes = 0): Promise<void> {
    const { file, path, size } = segment
    broken = { error, during, path, size, failedBytes }
    // What is refused now must not turn up after a crash either. If cutting it off fails, the repair does it. A file
    // that another program has changed is left alone. The first error is the one to report.
    if (during !== 'check' || segment.isIntact()) await file.truncate(size).catch(() => {})
    await file.close().catch(() => {})
    gathering?.durable.reject(error)
    rotation?.done.reject(error)
    onFault(broken)
  }

  async function rotateNow (done: Deferred<number>): Promise<void> {
    let during: JournalFault['during'] = 'check'
    try {
      // A new snapshot follows, which must not replace that of another owner.
      segment.checkOwnership(isHeld)
      if (taken < segment.first) return done.resolve(taken)
      during = 'sync'
      // Claims may only be written: a power loss must not leave a gap before the new segment.
      if (synced < taken) await segment.file.sync()
      synced = taken
    } catch (error) {
      await fail(error, during)
      return done.reject(error)
    }
    const old = segment.file
    const first = taken + 1
    const [path, header] = [pathOf(first), encodeHeader(store, first)]
    try {
      segment = openSegment(await createFile(disk, path, header), path, { first, size: header.length })
      done.resolve(taken)
      // All of it is on disk, so a failure to close it loses nothing.
      await old.close().catch(() => {})
    } catch (error) {
      done.reject(error)
    }
  }

  return {
    append (transition: Transition | WrittenSubmit): void {
      // Throws for a line that is too long for a string: then nothing has happened.
      const line = 'written' in transition ? encodeWritten(last + 1, transition) : [encodeLine(last + 1, transition)]
      last++
      gathering ??= { lines: [], durable: createDeferred(), needsSync: false }
      gathering.lines.push(...line)
      if (!FORGETTABLE.has(transition.do)) gathering.needsSync = true
      running ??= run()
    },

    /**
     * Fulfilled when everything appended so far is stored, rejected when that failed. To be awaited before anything
     * that reveals a transition.
     */
    durable (): Promise<void> {
      if (broken !== null) return Promise.reject(broken.error)
      return gathering?.durable.promise ?? flushing?.durable.promise ?? DURABLE
    },

    /**
     * Continues in a new segment once everything appended so far is on disk. Returns the number of the last line before
     * it. When that fails, the old segment continues; one without lines continues in any case.
     */
    rotate (): Promise<number> {
      if (broken !== null) return Promise.reject(broken.error)
      rotation ??= { done: createDeferred(), after: 0 }
      rotation.after = last
      running ??= run()
      return rotation.done.promise
    },

    /** Syncs everything and closes the file; after a fault it is closed already. */
    async close (): Promise<void> {
      await running
      if (broken !== null) return
      if (synced < last) await segment.file.sync()
      await segment.file.close()
    },

    /** Number of the last line appended. */
    get last (): number {
      return last
    },

    /** Bytes in this segment. */
    get size (): number {
      return segment.size
    }
  }
}

/**
 * The segment that is being written: `first` is the number of its first line, `size` that of its whole groups, in
 * bytes.
 */
function openSegment (file: DiskFile, path: string, { first, size }: { first: number, size: number }) {
  return {
    file,
    path,
    first,
    size,

    /** Takes some µs beside a sync. Without it, later lines could be acknowledged and lost. @throws OwnershipError */
    checkOwnership (isHeld: () => boolean): void {
      if (!isHeld()) throw OwnershipError.lockLost(path)
      const state = file.check(path)
      if (state === 'moved') throw OwnershipError.moved(path)
      if (state === 'resized') throw OwnershipError.resized(path)
    },

    isIntact (): boolean {
      try {
        return file.check(path) === 'intact'
      } catch {
        return false
      }
    }
  }
}

interface Deferred<T> {
  readonly promise: Promise<T>
  readonly resolve: (value: T) => void
  readonly reject: (error: unknown) => void
}

/** A promise to settle later; a rejection that has no handler does not end the process. */
function createDeferred<T> (): Deferred<T> {
  let resolve: Deferred<T>['resolve'] = () => {}
  let reject: Deferred<T>['reject'] = () => {}
  const promise = new Promise<T>((...settle) => { [resolve, reject] = settle })
  promise.catch(() => {})
  return { promise, resolve, reject }
}
