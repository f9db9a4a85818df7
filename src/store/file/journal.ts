import type { Transition, WrittenSubmit } from '../../core/queue/transition.js'
import { type Disk, type DiskFile, createFile } from './disk.js'
import { changedError, goneError, lockLostError } from './ownership.js'
import { encodeGroup, encodeHeader, encodeLine, encodeWritten } from './segment.js'

/**
 * The journal that is being written. Transitions are appended at once and reach the disk in
 * groups: while one group is written and synced, whatever arrives waits for the next and shares
 * its sync, so at most one sync is in flight and nobody waits for more than two.
 *
 * A group of nothing but claims is written and not synced: a killed process keeps it, and a power
 * loss forgets no more than who was working.
 */
export interface Journal {
  append (transition: Transition | WrittenSubmit): void
  /**
   * Fulfilled when everything appended so far is kept; rejected when it could not be. Whoever
   * reveals a transition waits for this first.
   */
  durable (): Promise<void>
  /**
   * Goes on in a new segment once everything appended so far is on disk. Answers the number of the
   * last line before it. When it fails, the old segment goes on; one without lines goes on anyway.
   */
  rotate (): Promise<number>
  /** Puts everything on disk and closes the file; after a fault it is closed already. */
  close (): Promise<void>
  /** Number of the last line appended. */
  readonly last: number
  /** Bytes in this segment. */
  readonly size: number
}

export interface JournalOptions {
  readonly disk: Disk
  readonly store: string
  /** Where the segment whose first line has this number belongs. */
  readonly pathOf: (first: number) => string
  readonly file: DiskFile
  /** Number of the first line that the file may hold, of the last that it does, and its size; all of it is on disk. */
  readonly first: number
  readonly last: number
  readonly size: number
  /** Whether this process still has the store; asked before each group is written and before it is acknowledged. */
  readonly isHeld: () => boolean
  /** Called once, when a group could not be kept: the journal takes nothing more. */
  readonly onFault: (fault: JournalFault) => void
}

export interface JournalFault {
  readonly error: unknown
  /**
   * After a failed write the disk has the file up to `size`. After a failed sync, its content is unknown. After a
   * failed check, the files are no longer this process's own, and it must not touch them.
   */
  readonly during: 'write' | 'sync' | 'check'
  /** The segment, and its size in bytes without what could not be kept. */
  readonly path: string
  readonly size: number
  /** The size of what could not be kept, in bytes. */
  readonly failedBytes: number
}

/** Lines that go to disk together, and those who wait for them. */
interface CommitGroup {
  /** Texts in pieces; what is written already comes as bytes. */
  readonly lines: Array<string | Uint8Array>
  readonly kept: Promise<void>
  needsSync: boolean
  settle: (error?: unknown) => void
}

interface Rotation {
  readonly done: Promise<number>
  /** Number of the last line that must be before it. */
  after: number
  settle: (error?: unknown, last?: number) => void
}

const KEPT = Promise.resolve()

/** What a power loss may take back: who works on what, and when. */
const FORGETTABLE: ReadonlySet<Transition['do']> = new Set(['claim', 'start'])

export function createJournal (options: JournalOptions): Journal {
  const { disk, store, pathOf, isHeld, onFault } = options
  let { file, first, last, size } = options
  /** Number of the last line that was taken to be written, and of the last that is on disk. */
  let taken = last
  let synced = last
  let gathering: CommitGroup | null = null
  let flushing: CommitGroup | null = null
  let rotation: Rotation | null = null
  let broken: JournalFault | null = null
  let running: Promise<void> | null = null

  function append (transition: Transition | WrittenSubmit): void {
    // Throws for a line that is too long for a string: then nothing has happened, and nobody waits for it.
    const line = 'written' in transition ? encodeWritten(last + 1, transition) : [encodeLine(last + 1, transition)]
    last++
    gathering ??= createGroup()
    gathering.lines.push(...line)
    if (!FORGETTABLE.has(transition.do)) gathering.needsSync = true
    running ??= run()
  }

  async function run (): Promise<void> {
    // Let everything that arrives in the same turn of the event loop join the first group.
    await new Promise(resolve => setImmediate(resolve))
    for (;;) {
      if (broken === null && gathering !== null) {
        flushing = gathering
        gathering = null
        taken = last
        await keep(flushing)
        flushing = null
      }
      if (broken !== null) break
      if (rotation !== null && taken >= rotation.after) {
        const turning: Rotation = rotation
        rotation = null
        await turnOver(turning)
      }
      if (gathering === null && rotation === null) break
    }
    running = null
  }

  async function keep (group: CommitGroup): Promise<void> {
    const end = taken
    const data = encodeGroup(group.lines, end, synced)
    let during: JournalFault['during'] = 'check'
    try {
      checkOwn()
      during = 'write'
      await file.append(data)
      during = 'sync'
      if (group.needsSync) await file.sync()
      during = 'check'
      checkOwn()
      if (group.needsSync) synced = end
      size += data.length
      group.settle()
    } catch (error) {
      await giveUp(error, during, data.length)
      group.settle(error)
    }
  }

  /** Some µs beside a sync; without it, what comes next could be acknowledged and lost. @throws OwnershipError */
  function checkOwn (): void {
    if (!isHeld()) throw lockLostError(pathOf(first))
    const state = file.check(pathOf(first))
    if (state === 'moved') throw goneError(pathOf(first))
    if (state === 'resized') throw changedError(pathOf(first))
  }

  function isIntact (): boolean {
    try {
      return file.check(pathOf(first)) === 'intact'
    } catch {
      return false
    }
  }

  /** Takes nothing more, and tells everybody who waits. */
  async function giveUp (error: unknown, during: JournalFault['during'], lost = 0): Promise<void> {
    broken = { error, during, path: pathOf(first), size, failedBytes: lost }
    // What is refused now must not turn up after a crash either. Where this fails, the repair sees to it; and that
    // closing the file fails too would tell nothing new. What something else has changed is left as it is.
    if (during !== 'check' || isIntact()) await file.truncate(size).catch(() => {})
    await file.close().catch(() => {})
    gathering?.settle(error)
    rotation?.settle(error)
    onFault(broken)
  }

  async function turnOver ({ settle }: Rotation): Promise<void> {
    let during: JournalFault['during'] = 'check'
    try {
      // A new snapshot follows, which must not replace that of another owner.
      checkOwn()
      if (taken < first) return settle(undefined, taken)
      during = 'sync'
      // Claims may be written only: a power loss must not leave a gap before the new segment.
      if (synced < taken) await file.sync()
      synced = taken
    } catch (error) {
      await giveUp(error, during)
      return settle(error)
    }
    const header = encodeHeader(store, taken + 1)
    try {
      const old = file
      file = await createFile(disk, pathOf(taken + 1), header)
      first = taken + 1
      size = header.length
      settle(undefined, taken)
      // All of it is on disk: that closing it fails loses nothing.
      await old.close().catch(() => {})
    } catch (error) {
      settle(error)
    }
  }

  function kept (): Promise<void> {
    if (broken !== null) return Promise.reject(broken.error)
    return gathering?.kept ?? flushing?.kept ?? KEPT
  }

  return {
    append,
    durable: kept,

    rotate () {
      if (broken !== null) return Promise.reject(broken.error)
      rotation ??= createRotation()
      rotation.after = last
      running ??= run()
      return rotation.done
    },

    async close () {
      await running
      if (broken !== null) return
      if (synced < last) await file.sync()
      await file.close()
    },

    get last () {
      return last
    },

    get size () {
      return size
    }
  }
}

function createGroup (): CommitGroup {
  let settle: CommitGroup['settle'] = () => {}
  const kept = new Promise<void>((resolve, reject) => {
    settle = error => error === undefined ? resolve() : reject(error)
  })
  // Whoever waits is told; a group that nobody waits for must not end the process.
  kept.catch(() => {})
  return { lines: [], kept, needsSync: false, settle: error => settle(error) }
}

function createRotation (): Rotation {
  let settle: Rotation['settle'] = () => {}
  const done = new Promise<number>((resolve, reject) => {
    settle = (error, last = 0) => error === undefined ? resolve(last) : reject(error)
  })
  // Whoever asked for it is told.
  done.catch(() => {})
  return { done, after: 0, settle: (error, last) => settle(error, last) }
}
