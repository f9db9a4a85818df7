import { randomUUID } from 'node:crypto'
import { constants, readFileSync, statSync } from 'node:fs'
import { type FileHandle, open, readFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { isInUseByEarlier } from './earlier-lock.js'
import { tryLock } from './kernel-lock.js'
import { lockPath } from './file-names.js'

/**
 * The right of one process to use a store: a lock of the kernel on a file beside the snapshot. The file stays for ever,
 * because removing it would let two processes lock two files of the same name.
 *
 * The kernel ties the lock to the process and to the file itself. A crash releases it, and it holds under every name
 * and on every mount. What it cannot prevent, `isHeld` notices: the file is deleted or replaced, or a file system that
 * grants a lock twice (a shared folder, for one) lets a second process write its name into it.
 */
export interface Lock {
  /** Whether the path still leads to the locked file, and the file still names this process. */
  isHeld (): boolean
  release (): Promise<void>
}

/** @throws when another process has it, or the file system has no locks */
export async function acquireLock (storePath: string): Promise<Lock> {
  const path = lockPath(storePath)
  for (;;) {
    const handle = await openLockFile(path, storePath)
    try {
      if (!lockFile(handle, path)) throw await inUseBy(path, storePath)
      // The file may have been deleted before it was locked.
      if (isSameFile(path, await handle.stat())) {
        if (await isInUseByEarlier(storePath)) throw inUse(storePath, ' of an earlier version')
        return await takeOver(handle, path)
      }
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
    throw withPath(error, path)
  }
}

export function inUse (path: string, owner = ''): Error {
  return new Error(`${path} is in use by another Longhand process${owner}. Stop that process, or set DATA_FILE ` +
    '(--data) to another file')
}

/** Readable for all, so that another user's server is told from files that another user left behind. */
const LOCK_MODE = 0o644

/** It is not created by the first call: Linux refuses that for another user's file in a folder such as /tmp. */
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

/** For a lock file that this user may read but not write. */
async function refuseIfInUse (path: string, storePath: string): Promise<void> {
  const handle = await open(path, constants.O_RDONLY).catch(() => null)
  if (handle === null) return
  try {
    if (!tryLock(handle.fd, { shared: true })) throw await inUseBy(path, storePath)
  } finally {
    await handle.close()
  }
}

/** So long that every owner's text fits: the file keeps its size, so that a full disk does not refuse it. */
const TEXT_LENGTH = 512

async function takeOver (handle: FileHandle, path: string): Promise<Lock> {
  const owner = { pid: process.pid, host: hostname(), token: randomUUID() }
  const text = `${JSON.stringify(owner).padEnd(TEXT_LENGTH - 1)}\n`
  await handle.write(text, 0)
  const own = await handle.stat()
  let knownMtimeMs = own.mtimeMs
  return {
    isHeld () {
      const there = statSync(path, { throwIfNoEntry: false })
      if (there === undefined || there.ino !== own.ino || there.dev !== own.dev) return false
      if (there.mtimeMs === knownMtimeMs) return true
      if (readFileSync(path, 'utf8') !== text) return false
      knownMtimeMs = there.mtimeMs
      return true
    },
    // Closing it a second time does nothing.
    release: () => handle.close()
  }
}

async function inUseBy (path: string, storePath: string): Promise<Error> {
  const text = await readFile(path, 'utf8').catch(() => '')
  const [, pid, host] = /^\{"pid":(\d+),"host":"([^"]*)"/.exec(text) ?? []
  return inUse(storePath, pid === undefined ? '' : ` (process ${pid} on ${host})`)
}

function isSameFile (path: string, { ino, dev }: { ino: number, dev: number }): boolean {
  const there = statSync(path, { throwIfNoEntry: false })
  return there !== undefined && there.ino === ino && there.dev === dev
}

/** What the file system answers that has no locks. */
const WITHOUT_LOCKS: ReadonlySet<unknown> = new Set(['ENOLCK', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EINVAL'])

function withPath (error: unknown, path: string): unknown {
  if (!WITHOUT_LOCKS.has(codeOf(error))) return error
  return Object.assign(new Error(`The file system of ${path} has no file locks (${String(codeOf(error))}). Without ` +
    'them, two servers could write the same files. Keep the data on a local disk: a named volume instead of a shared ' +
    'folder, or a folder of the Linux file system instead of one below /mnt. Set DATA_FILE (--data) to a file there',
  { cause: error }))
}

function codeOf (error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined
}
