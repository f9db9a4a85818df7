import { type Disk, createFile } from './disk.js'
import { probePath } from './file-names.js'

/** A group of many lines has about this size, in bytes. */
const LEAST_BYTES = 1024 ** 2

/**
 * Writes a file beside the store, syncs it and removes it again: whether the disk takes writes. It is larger than the
 * group that failed, so that the same group does not fail again.
 *
 * @throws what the disk throws
 */
export async function probeDisk (disk: Disk, storePath: string, failedBytes: number): Promise<void> {
  const path = probePath(storePath)
  const file = await createFile(disk, path, Buffer.alloc(Math.max(LEAST_BYTES, 2 * failedBytes)))
  await file.close()
  await disk.remove(path)
}
