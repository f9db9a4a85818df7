import { randomUUID } from 'node:crypto'
import { constants, readFileSync, statSync } from 'node:fs'
import { type FileHandle, open, readFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { codeOf } from '../../core/error-code.js'
import { StoreInUseError } from './errors.js'
import { lockPath } from './file-names.js'
import { tryLock } from './kernel-lock.js'

/**
 * The right of one process to use a store: a kernel lock on a file beside the snapshot. The file is never removed,
 * because two processes could then lock two files of the same name.
 *
 * The kernel ties the lock to the process and to the file itself. A crash releases it, and it is effective under every
 * name and on every mount. `isHeld` notices what it cannot prevent: that the file is deleted or replaced, or that a
 * second process writes its name into it because the file system grants a lock twice, as some shared folders do.
 */
export type Lock = Awaited<ReturnType<typeof takeOver>>

/** @throws StoreInUseError when another process has it; an error when the file system has no locks */
export async function acquireLock (storePath: string): Promise<Lock> {
  const path = lockPath(storePath)
  for (;;) {
    const handle = await openLockFile(path, storePath)
    try {
      if (!lockFile(handle, path)) throw await inUseBy(path, storePath)
      // The file may have been deleted before it was locked.
      if (isSameFile(path, await handle.stat())) return await takeOver(handle, path)
    } catch (error) {
      await handle.close()
      throw error
    }
    await handle.close()
  }
}

/** Locks a file of the store that is open for writing; false when another process has it. */
export function lockFile ({ fd }: FileHandle, path: string): boolean {
  try {
    return tryLock(fd)
  } catch (error) {
    throw explained(error, path)
  }
}

/** Readable for all, so that a server of another user can be told from files that another user has left. */
const LOCK_MODE = 0o644

/** Opens an existing file first: in a folder such as /tmp, Linux refuses O_CREAT for a file of another user. */
async function openLockFile (path: string, storePath: string): Promise<FileHandle> {
  for (;;) {
    try {
      return await open(path, constants.O_RDWR)
    } catch (error) {
      const code = codeOf(error)
      if (code === 'EACCES' || code === 'EPERM') await refuseIfInUse(path, storePath)
      if (code !== 'ENOENT') throw error
    }
    try {
      return await open(path, constants.O_RDWR | constants.O_CREAT | constants.O_EXCL, LOCK_MODE)
    } catch (error) {
      if (codeOf(error) !== 'EEXIST') throw error
    }
  }
}

/** For a lock file that this user can read but not write. */
async function refuseIfInUse (path: string, storePath: string): Promise<void> {
  const handle = await open(path, constants.O_RDONLY).catch(() => null)
  if (handle === null) return
  try {
    if (!tryLock(handle.fd, { shared: true })) throw await inUseBy(path, storePath)
  } finally {
    await handle.close()
  }
}

/** Longer than the text of any owner: the file keeps its size, so that a full disk does not refuse the text. */
const TEXT_LENGTH = 512

async function takeOver (handle: FileHandle, path: string) {
  const owner = { pid: process.pid, host: hostname(), token: randomUUID() }
  const text = `${JSON.stringify(owner).padEnd(TEXT_LENGTH - 1)}\n`
  await handle.write(text, 0)
  const own = await handle.stat()
  let knownMtimeMs = own.mtimeMs
  return {
    /** Whether the path still leads to the locked file, and the file still names this process. */
    isHeld (): boolean {
      const found = statSync(path, { throwIfNoEntry: false })
      if (found === undefined || found.ino !== own.ino || found.dev !== own.dev) return false
      if (found.mtimeMs === knownMtimeMs) return true
      if (readFileSync(path, 'utf8') !== text) return false
      knownMtimeMs = found.mtimeMs
      return true
    },
    // Closing it a second time does nothing.
    release: () => handle.close()
  }
}

async function inUseBy (path: string, storePath: string): Promise<StoreInUseError> {
  const text = await readFile(path, 'utf8').catch(() => '')
  const [, pid, host] = /^\{"pid":(\d+),"host":"([^"]*)"/.exec(text) ?? []
  return new StoreInUseError(storePath, pid === undefined ? '' : ` (process ${pid} on ${host})`)
}

function isSameFile (path: string, { ino, dev }: { ino: number, dev: number }): boolean {
  const found = statSync(path, { throwIfNoEntry: false })
  return found !== undefined && found.ino === ino && found.dev === dev
}

/** The codes by which file systems without locks refuse one. */
const WITHOUT_LOCKS: ReadonlySet<string> = new Set(['ENOLCK', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EINVAL'])

function explained (error: unknown, path: string): unknown {
  const code = codeOf(error)
  if (!WITHOUT_LOCKS.has(code)) return error
  return new Error(`The file system of ${path} has no file locks (${code}). Without them, two servers could ` +
    'write the same files. Keep the data on a local disk: a named volume instead of a shared folder, or a folder of ' +
    'the Linux file system instead of one below /mnt. Set DATA_FILE (--data) to a file there', { cause: error })
}
