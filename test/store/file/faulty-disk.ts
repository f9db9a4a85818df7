import { dirname, basename } from 'node:path'
import type { Disk, DiskFile } from '../../../src/store/file/disk.js'

/**
 * A disk in memory that knows of every byte and every folder entry whether it is only written or
 * synced too, that fails on request, and whose content can be looked at as a crash at any
 * step would leave it.
 */
export interface FaultyDisk extends Disk {
  /** What is on it now; never changes afterwards. */
  image (): Image
  /** What has been done to it, in order. */
  readonly steps: readonly Step[]
  /** How many of this kind were done. */
  count (kind: Kind): number
  /** How many of this kind were under way at the same time, at most. */
  peak (kind: Kind): number
  /** The next one of this kind (or the `nth`, from 1) fails. */
  fail (kind: Kind, fault: Fault): void
  /** Nothing fails any more. */
  mend (): void
  /** Lets everything of this kind wait until the answer is called. */
  hold (kind: Kind): () => void
  /**
   * Nothing is done or answered any more from the `steps`-th step on (from 1); of a write that is
   * the last, `share` (0 to 1) of the bytes are still written. Fulfilled when it is so.
   */
  die (steps: number, share?: number): Promise<void>
  readonly isLocked: boolean
  /** As when the lock file is deleted: the owner no longer holds the lock. */
  loseLock (): void
  /** From now on at most this many more bytes fit on it; `Infinity` ends that. */
  setRoom (bytes: number): void
  /** Files that were read. */
  readonly reads: number
  /** Files that are open. */
  readonly open: number
}

export type Kind = 'create' | 'reopen' | 'write' | 'sync' | 'truncate' | 'rename' | 'remove' | 'syncFolder' | 'read'

export interface Step {
  readonly kind: Kind
  readonly path: string
  readonly write: Write | null
  readonly before: Image
}

interface Write {
  readonly file: number
  readonly at: number
  readonly data: Buffer
}

export interface Fault {
  readonly code: 'ENOSPC' | 'EIO' | 'EACCES'
  readonly nth?: number
  /** Bytes that a write still writes before it fails. */
  readonly written?: number
}

/** The content of a disk. */
export interface Image {
  /** Files by number, because a name may come to mean another one. */
  readonly files: ReadonlyMap<number, FileState>
  readonly entries: ReadonlyMap<string, number>
  readonly syncedEntries: ReadonlyMap<string, number>
  /** What has been done to entries since the folder was synced. */
  readonly entryChanges: readonly EntryChange[]
}

interface FileState {
  readonly bytes: Buffer
  readonly synced: Buffer
  /** Since the last sync, in order. */
  readonly changes: readonly Change[]
}

type Change = { readonly at: number, readonly data: Buffer } | { readonly size: number }

/** Each name with the file that it means from then on, or null. */
type EntryChange = ReadonlyArray<readonly [string, number | null]>

const EMPTY: Image = { files: new Map(), entries: new Map(), syncedEntries: new Map(), entryChanges: [] }
const NOTHING = Buffer.alloc(0)

/** An image of files that are all synced, by path. */
export function imageOf (files: Readonly<Record<string, Buffer | string>>): Image {
  const states = Object.values(files).map(Buffer.from).map(bytes => ({ bytes, synced: bytes, changes: [] }))
  const entries = new Map(Object.keys(files).map((path, number) => [path, number]))
  return { files: new Map(states.entries()), entries, syncedEntries: entries, entryChanges: [] }
}

/** What can be read in an image, by path. */
export function filesOf ({ files, entries }: Image): Record<string, Buffer> {
  return Object.fromEntries([...entries].sort().map(([path, number]) => [path, files.get(number)!.bytes]))
}

/**
 * @param isInstant does each step in the same turn of the event loop: quicker, and nothing happens meanwhile
 * @param chunkBytes what is read at once; so short that no line is in one piece
 */
export function createFaultyDisk (content: Image = EMPTY, { isInstant = false, chunkBytes = 100 } = {}): FaultyDisk {
  let image = content
  let nextFile = Math.max(-1, ...image.files.keys()) + 1
  let isLocked = false
  let isLost = false
  let capacity = Infinity
  let isDead = false
  let open = 0
  let reads = 0
  let lifetime: { steps: number, share: number, died: () => void } | null = null
  const steps: Step[] = []
  const faults: Array<{ kind: Kind, nth: number, fault: Fault }> = []
  const held = new Map<Kind, Promise<void>>()
  const underWay = new Map<Kind, number>()
  const peaks = new Map<Kind, number>()

  /** Does a step, or fails, or never comes back. `partly` does what a write or a sync that fails still does. */
  async function step (
    kind: Kind, path: string, act: () => void, { write = null, partly = () => {} }: {
      write?: Write | null, partly?: (bytes: number) => void
    } = {}
  ): Promise<void> {
    underWay.set(kind, (underWay.get(kind) ?? 0) + 1)
    peaks.set(kind, Math.max(peaks.get(kind) ?? 0, underWay.get(kind)!))
    if (!isInstant) await new Promise(resolve => setImmediate(resolve))
    await held.get(kind)
    underWay.set(kind, underWay.get(kind)! - 1)
    if (isDead) return never()
    if (lifetime !== null && --lifetime.steps === 0) {
      if (write !== null) partly(Math.round(write.data.length * lifetime.share))
      isDead = true
      lifetime.died()
      return never()
    }
    if (kind === 'read') reads++
    else steps.push({ kind, path, write, before: image })
    if (write !== null && used(image) + growth(image, write) > capacity) {
      partly(Math.max(0, capacity - used(image)))
      throw Object.assign(new Error(`ENOSPC: no space left on device, ${kind} '${path}'`), { code: 'ENOSPC' })
    }
    const due = faults.find(fault => fault.kind === kind && --fault.nth === 0)
    if (due === undefined) return act()
    faults.splice(faults.indexOf(due), 1)
    partly(due.fault.written ?? 0)
    const { code } = due.fault
    throw Object.assign(new Error(`${code}: a fault for the test, ${kind} '${path}'`), { code })
  }

  function setFile (number: number, state: FileState): void {
    image = { ...image, files: new Map(image.files).set(number, state) }
  }

  function change (number: number, change: Change): void {
    const { bytes, synced, changes } = image.files.get(number)!
    setFile(number, { bytes: changed(bytes, change), synced, changes: [...changes, change] })
  }

  function setEntries (change: EntryChange): void {
    image = {
      ...image, entries: withEntries(image.entries, change), entryChanges: [...image.entryChanges, change]
    }
  }

  function numberOf (path: string): number {
    const number = image.entries.get(path)
    if (number === undefined) throw Object.assign(new Error(`ENOENT: ${path}`), { code: 'ENOENT' })
    return number
  }

  function openFile (number: number, path: string, end: number): DiskFile {
    let isOpen = true
    open++
    const onlyOpen = (): void => {
      if (!isOpen) throw Object.assign(new Error(`EBADF: ${path}`), { code: 'EBADF' })
    }
    return {
      async append (data) {
        onlyOpen()
        const partly = (bytes: number): void => {
          const written = data.subarray(0, bytes)
          if (written.length > 0) change(number, { at: end, data: written })
          end += written.length
        }
        await step('write', path, () => partly(data.length), { write: { file: number, at: end, data }, partly })
      },
      async sync () {
        onlyOpen()
        await step('sync', path, () => {
          const { bytes, synced, changes } = image.files.get(number)!
          setFile(number, { bytes, synced: changes.reduce(changed, synced), changes: [] })
        }, {
          // After a sync that failed, Linux takes the pages for written: no later sync writes them.
          partly: () => { setFile(number, { ...image.files.get(number)!, changes: [] }) }
        })
      },
      check (at) {
        if (image.entries.get(at) !== number) return 'moved'
        return image.files.get(number)!.bytes.length === end ? 'intact' : 'resized'
      },
      async truncate (size) {
        onlyOpen()
        await step('truncate', path, () => change(number, { size }))
        end = size
      },
      async close () {
        onlyOpen()
        isOpen = false
        open--
      }
    }
  }

  return {
    image: () => image,
    steps,
    count: kind => steps.filter(step => step.kind === kind).length,
    peak: kind => peaks.get(kind) ?? 0,
    fail: (kind, fault) => { faults.push({ kind, nth: fault.nth ?? 1, fault }) },

    mend: () => { faults.length = 0 },

    hold (kind) {
      let release = (): void => {}
      held.set(kind, new Promise(resolve => { release = resolve }))
      return () => {
        held.delete(kind)
        release()
      }
    },

    die: (steps, share = 0) => new Promise(resolve => {
      lifetime = { steps, share, died: resolve }
    }),

    get isLocked () {
      return isLocked
    },

    get reads () {
      return reads
    },

    get open () {
      return open
    },

    resolve: async path => path,

    async lock (path) {
      if (isLocked) throw new Error(`${path} is in use`)
      isLocked = true
      return { isHeld: () => !isLost, release: async () => { isLocked = false } }
    },

    loseLock: () => { isLost = true },

    setRoom: bytes => { capacity = used(image) + bytes },

    async read (path) {
      await step('read', path, () => {})
      const number = image.entries.get(path)
      return number === undefined ? null : image.files.get(number)!.bytes
    },

    async readChunks (path) {
      const data = await this.read(path)
      return data === null ? null : chunksOf(data, chunkBytes)
    },

    async names (folder) {
      return [...image.entries.keys()].filter(path => dirname(path) === folder).map(path => basename(path))
    },

    async create (path) {
      await step('create', path, () => {
        const old = image.entries.get(path)
        if (old !== undefined) return change(old, { size: 0 })
        setFile(nextFile, { bytes: NOTHING, synced: NOTHING, changes: [] })
        setEntries([[path, nextFile++]])
      })
      return openFile(numberOf(path), path, 0)
    },

    async reopen (path, size, from) {
      const number = numberOf(path)
      await step('reopen', path, () => {
        if (image.files.get(number)!.bytes.length !== size) change(number, { size })
      })
      return openFile(number, path, from)
    },

    async rename (from, to) {
      await step('rename', to, () => setEntries([[from, null], [to, numberOf(from)]]))
    },

    async remove (path) {
      await step('remove', path, () => {
        if (image.entries.has(path)) setEntries([[path, null]])
      })
    },

    async syncFolder (path) {
      await step('syncFolder', path, () => {
        image = { ...image, syncedEntries: image.entries, entryChanges: [] }
      })
    }
  }
}

/** Bytes of all files that have a name. */
function used ({ files, entries }: Image): number {
  return [...entries.values()].reduce((bytes, number) => bytes + files.get(number)!.bytes.length, 0)
}

function growth ({ files }: Image, { file, at, data }: Write): number {
  return Math.max(0, at + data.length - files.get(file)!.bytes.length)
}

async function * chunksOf (data: Buffer, bytes: number): AsyncGenerator<Buffer> {
  for (let start = 0; start < data.length; start += bytes) yield data.subarray(start, start + bytes)
}

const never = (): Promise<never> => new Promise(() => {})

function changed (bytes: Buffer, change: Change): Buffer {
  const size = 'size' in change ? change.size : Math.max(bytes.length, change.at + change.data.length)
  const result = Buffer.alloc(size)
  bytes.copy(result)
  if ('at' in change) change.data.copy(result, change.at)
  return result
}

function withEntries (entries: ReadonlyMap<string, number>, change: EntryChange): ReadonlyMap<string, number> {
  const result = new Map(entries)
  for (const [path, number] of change) {
    if (number === null) result.delete(path)
    else result.set(path, number)
  }
  return result
}

/**
 * What a SIGKILL at this step leaves: everything that was written, and the first `bytes` of the
 * write that was under way. What was not synced is still not.
 */
export function killedAt ({ write, before }: Step, bytes = 0): Image {
  if (write === null || bytes === 0) return before
  const { bytes: old, synced, changes } = before.files.get(write.file)!
  const change: Change = { at: write.at, data: write.data.subarray(0, bytes) }
  const state = { bytes: changed(old, change), synced, changes: [...changes, change] }
  return { ...before, files: new Map(before.files).set(write.file, state) }
}

/** What becomes of that which was not synced when the power went away. */
export interface Fate {
  /** The content of a file; `versions` has it after each change since its last sync, beginning with that. */
  file (versions: readonly Buffer[]): Buffer
  /** Whether a change of entries survives. */
  entry (order: number): boolean
}

/** Nothing unsynced survives; or everything; or the folder, but not the content of the files. */
export const FATES: Readonly<Record<'lost' | 'kept' | 'entries', Fate>> = {
  lost: { file: versions => versions[0]!, entry: () => false },
  kept: { file: versions => versions.at(-1)!, entry: () => true },
  entries: { file: versions => versions[0]!, entry: () => true }
}

const SECTOR = 512

/**
 * Every entry survives or not by chance, each file has grown to any size between the old and the
 * new one, and each of its sectors was written at any time since the last sync or not at all.
 */
export function randomFate (random: () => number): Fate {
  const below = (limit: number): number => Math.floor(random() * limit)
  return {
    entry: () => random() < 0.5,
    file (versions) {
      const sizes = versions.map(({ length }) => length)
      const low = Math.min(...sizes)
      const size = random() < 0.5 ? sizes[below(sizes.length)]! : low + below(Math.max(...sizes) - low + 1)
      const result = Buffer.alloc(size)
      for (let start = 0; start < size; start += SECTOR) {
        const version = versions[below(versions.length)]!
        if (start < version.length) version.copy(result, start, start, start + SECTOR)
      }
      return result
    }
  }
}

export function powerLoss ({ files, syncedEntries, entryChanges }: Image, { file, entry }: Fate): Image {
  const survivors = new Map([...files].map(([number, { synced, changes }]): [number, FileState] => {
    const versions = [synced]
    for (const change of changes) versions.push(changed(versions.at(-1)!, change))
    const bytes = changes.length === 0 ? synced : file(versions)
    return [number, { bytes, synced: bytes, changes: [] }]
  }))
  let entries = syncedEntries
  for (const [order, change] of entryChanges.entries()) if (entry(order)) entries = withEntries(entries, change)
  return { files: survivors, entries, syncedEntries: entries, entryChanges: [] }
}

/** Numbers from 0 up to 1 that the seed decides (mulberry32). */
export function createRandom (seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6D2B79F5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
