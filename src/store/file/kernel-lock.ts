import { createRequire } from 'node:module'
import { codeOf } from '../../core/error-code.js'

/** The part of fs-native-extensions that is used here. A length of 0 reaches to the end of the file. */
interface Library {
  /** @returns false when another open file has the lock */
  tryLock (fd: number, offset: number, length: number, options: { shared: boolean }): boolean
}

/** The same in its native part. @throws with the code EAGAIN when another open file has the lock */
interface NativeLibrary {
  tryLock (fd: number, offset: number, length: number, isExclusive: boolean): void
}

/**
 * Windows enforces locks on reads too, so there the lock is far beyond the content. Elsewhere locks are advisory, and
 * macOS locks whole files only.
 */
const [OFFSET, LENGTH] = process.platform === 'win32' ? [2 ** 30, 1] as const : [0, 0] as const

let library: Library | null = null

/**
 * Locks an open file, on every mount and under every name that leads to it. The kernel releases the lock when the file
 * is closed or the process ends. No child process inherits it, because Node.js opens files with `O_CLOEXEC`.
 *
 * @param shared allowed on a file that is open for reading only; granted while no exclusive lock exists
 * @returns false when the lock is held elsewhere
 * @throws the error of the file system, such as ENOLCK where it has no locks
 */
export function tryLock (fd: number, { shared = false } = {}): boolean {
  library ??= load()
  try {
    return library.tryLock(fd, OFFSET, LENGTH, { shared })
  } catch (error) {
    // Windows reports a lock that is held elsewhere as a busy file.
    if (codeOf(error) === 'EBUSY') return false
    throw error
  }
}

/** Loaded with the first lock, so that servers on PostgreSQL run on platforms without a binary of the library. */
function load (): Library {
  const require = createRequire(import.meta.url)
  try {
    return require('fs-native-extensions')
  } catch (error) {
    const native = loadForMusl(require)
    if (native !== null) return native
    throw new Error(`There are no file locks for this platform (${process.platform}-${process.arch}), and without ` +
      'them no data can be stored in a file. Set DATABASE_URL to use PostgreSQL', { cause: error })
  }
}

/**
 * On Alpine the library looks for a binary of its own, which does not exist. The one for glibc works there: it needs
 * only libc.so.6, which musl provides under that name, and functions that musl has.
 */
function loadForMusl (require: NodeJS.Require): Library | null {
  if (process.platform !== 'linux') return null
  try {
    const native: NativeLibrary =
      require(`fs-native-extensions/prebuilds/linux-${process.arch}/fs-native-extensions.node`)
    return {
      tryLock (fd, offset, length, { shared }) {
        try {
          native.tryLock(fd, offset, length, !shared)
          return true
        } catch (error) {
          if (codeOf(error) === 'EAGAIN') return false
          throw error
        }
      }
    }
  } catch {
    // The first error is the one to report.
    return null
  }
}
