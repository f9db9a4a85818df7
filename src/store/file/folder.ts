import { mkdir, stat } from 'node:fs/promises'
import { dirname } from 'node:path'

/**
 * Makes a folder and those above it that are missing; answers the topmost that it has made, or undefined. (What Node
 * has for it goes round for ever where the system says of a folder that is there that it is not, as below /proc.)
 *
 * @throws what the system says, such as ENOTDIR where a file is in the way
 */
export async function makeFolders (folder: string): Promise<string | undefined> {
  const missing: string[] = []
  for (let path = folder; !await isThere(path); path = dirname(path)) missing.push(path)
  for (const path of missing.toReversed()) {
    try {
      await mkdir(path)
    } catch (error) {
      // Another process has made it meanwhile; if it is no folder, whoever needs it will say so.
      if (codeOf(error) !== 'EEXIST') throw error
    }
  }
  return missing.at(-1)
}

async function isThere (path: string): Promise<boolean> {
  try {
    await stat(path)
    return true
  } catch (error) {
    if (codeOf(error) === 'ENOENT' && dirname(path) !== path) return false
    throw error
  }
}

function codeOf (error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined
}
