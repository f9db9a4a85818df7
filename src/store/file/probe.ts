import { type Disk, createFile } from './disk.js'
import { probePath } from './file-names.js'

/** About the size of a group of many lines, in bytes. */
const MIN_BYTES = 1024 ** 2

/**
 * Tests whether the disk accepts writes: writes a file beside the store, syncs it and removes it. The file is larger
 * than the group that failed, so that the same group does not fail again.
 *
 * @throws the error of the disk
 */
export async function probeDisk (disk: Disk, storePath: string, failedBytes: number): Promise<void> {
  const path = probePath(storePath)
  const file = await createFile(disk, path, Buffer.alloc(Math.max(MIN_BYTES, 2 * failedBytes)))
  await file.close()
  await disk.remove(path)
}
