import { dirname } from 'node:path'
import type { Transition } from '../../core/transition.js'
import type { Disk, DiskFile } from './disk.js'
import { encodeGroup, encodeHeader, encodeLine } from './segment.js'

/**
 * The journal that is being written. Transitions are appended at once and reach the disk in
 * groups: while one group is written and synced, whatever arrives waits for the next and shares
 * its sync, so at most one sync is in flight and nobody waits for more than two.
 *
 * A group of nothing but claims is written and not synced: a killed process keeps it, and a power
 * loss forgets no more than who was working.
 */
export interface Journal {
  append (transition: Transition): void
  /**
   * Fulfilled when everything appended so far is kept; rejected when it could not be. Whoever
   * reveals a transition waits for this first.
   */
  kept (): Promise<void>
  /**
   * Goes on in a new segment once everything appended so far is kept. Answers the number of the
   * last line before it. When it fails, the old segment goes on; one without lines goes on anyway.
   */
  rotate (): Promise<number>
  /** Keeps everything and closes the file. */
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
  /** Number of the first line that the file may hold, of the last that it does, and its size up to there. */
  readonly first: number
  readonly last: number
  readonly size: number
  /** Called once, when a group could not be kept: the journal takes nothing more. */
  readonly onFault: (fault: JournalFault) => void
}

export interface JournalFault {
  readonly error: unknown
  /** After a failed sync nobody knows what is on disk; after a failed write it is the file up to `size`. */
  readonly during: 'write' | 'sync'
  readonly size: number
}

/** Lines that go to disk together, and those who wait for them. */
interface Group {
  readonly lines: string[]
  readonly kept: Promise<void>
  needsSync: boolean
  settle: (error?: unknown) => void
}

interface Rotation {
  readonly done: Promise<number>
  settle: (error?: unknown, last?: number) => void
}

const KEPT = Promise.resolve()

export function createJournal (options: JournalOptions): Journal {
  const { disk, store, pathOf, onFault } = options
  let { file, first, last, size } = options
  /** Number of the last line that was taken to be written. */
  let taken = last
  let gathering: Group | null = null
  let flushing: Group | null = null
  let rotation: Rotation | null = null
  let broken: JournalFault | null = null
  let running: Promise<void> | null = null

  function append (transition: Transition): void {
    gathering ??= createGroup()
    gathering.lines.push(encodeLine(++last, transition))
    if (transition.do !== 'claim') gathering.needsSync = true
    running ??= run()
  }

  async function run (): Promise<void> {
    // Let everything that arrives in the same turn of the event loop join the first group.
    await new Promise(resolve => setImmediate(resolve))
    while (broken === null) {
      if (gathering !== null) {
        flushing = gathering
        gathering = null
        taken = last
        await keep(flushing, taken)
        flushing = null
      }
      if (rotation !== null) {
        const turning: Rotation = rotation
        rotation = null
        await turnOver(turning)
      }
      if (gathering === null && rotation === null) break
    }
    running = null
  }

  async function keep (group: Group, end: number): Promise<void> {
    const data = encodeGroup(group.lines, end)
    let during: JournalFault['during'] = 'write'
    try {
      await file.append(data)
      during = 'sync'
      if (group.needsSync) await file.sync()
      size += data.length
      group.settle()
    } catch (error) {
      broken = { error, during, size }
      // The handle is of no use any more; that closing it fails too would tell nothing new.
      await file.close().catch(() => {})
      group.settle(error)
      gathering?.settle(error)
      rotation?.settle(error)
      onFault(broken)
    }
  }

  async function turnOver ({ settle }: Rotation): Promise<void> {
    if (taken < first) return settle(undefined, taken)
    const path = pathOf(taken + 1)
    try {
      const next = await disk.create(path)
      const header = encodeHeader(store, taken + 1)
      await next.append(header)
      await next.sync()
      await disk.syncFolder(dirname(path))
      await file.close()
      file = next
      first = taken + 1
      size = header.length
      settle(undefined, taken)
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
    kept,

    rotate () {
      rotation ??= createRotation()
      running ??= run()
      return rotation.done
    },

    async close () {
      await kept()
      await running
      await file.sync()
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

function createGroup (): Group {
  let settle: Group['settle'] = () => {}
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
  return { done, settle: (error, last) => settle(error, last) }
}
