import { constants } from 'node:fs'
import { type FileHandle, mkdir, open, readFile, readdir, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'

/**
 * What the file store asks of a disk. Everything goes through here, so that tests can make writes
 * short, syncs fail and power go away at any step.
 */
export interface Disk {
  /** The file's bytes; null when there is none. */
  read (path: string): Promise<Buffer | null>
  /** Names of the files in the folder; none when there is no folder. */
  names (folder: string): Promise<string[]>
  makeFolder (folder: string): Promise<void>
  /** A new, empty file; an older one of that name is replaced. */
  create (path: string): Promise<DiskFile>
  /** An existing file, to be written from `size` on; what lies beyond is cut off. */
  reopen (path: string, size: number): Promise<DiskFile>
  rename (from: string, to: string): Promise<void>
  remove (path: string): Promise<void>
  /** Makes creations, renames and removals in the folder last. */
  syncFolder (folder: string): Promise<void>
}

export interface DiskFile {
  /** Appends all of it, or throws. */
  append (data: Buffer): Promise<void>
  /** Makes what was appended last. */
  sync (): Promise<void>
  /** Cuts off what lies beyond `size`. */
  truncate (size: number): Promise<void>
  close (): Promise<void>
}

export const realDisk: Disk = {
  read: path => readFile(path).catch(orNull),
  names: async folder => await readdir(folder).catch(orNull) ?? [],
  makeFolder: async folder => { await mkdir(folder, { recursive: true }) },
  create: async path => diskFile(await open(path, 'w', 0o600), 0),
  reopen: async (path, size) => {
    const handle = await open(path, constants.O_RDWR)
    await handle.truncate(size)
    return diskFile(handle, size)
  },
  rename,
  remove: path => rm(path, { force: true }),
  syncFolder: async folder => {
    const handle = await open(folder, constants.O_RDONLY)
    try {
      await handle.sync()
    } finally {
      await handle.close()
    }
  }
}

function diskFile (handle: FileHandle, size: number): DiskFile {
  return {
    async append (data) {
      // A write may be short, on a full disk for one: the rest is tried again, and then it throws.
      for (let done = 0; done < data.length;) {
        const { bytesWritten } = await handle.write(data, done, data.length - done, size)
        done += bytesWritten
        size += bytesWritten
      }
    },
    sync: () => handle.datasync(),
    async truncate (to) {
      await handle.truncate(to)
      size = to
    },
    close: () => handle.close()
  }
}

function orNull (error: NodeJS.ErrnoException): null {
  if (error.code === 'ENOENT') return null
  throw error
}

/**
 * Replaces a file so that after a crash either the old or the new one is there, whole: written
 * beside it, synced, renamed, and the folder synced.
 */
export async function replaceFile (disk: Disk, path: string, pieces: Iterable<Buffer>): Promise<void> {
  const temporary = `${path}.new`
  const file = await disk.create(temporary)
  try {
    for (const piece of pieces) await file.append(piece)
    await file.sync()
  } finally {
    await file.close()
  }
  await disk.rename(temporary, path)
  await disk.syncFolder(dirname(path))
}
