import type { DiskFile } from './disk.js'
import { OwnershipError } from './errors.js'

/**
 * The segment that is being written: `first` is the number of its first line, `size` that of its whole groups, in
 * bytes.
 */
export function openSegment (file: DiskFile, path: string, { first, size }: { first: number, size: number }) {
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
