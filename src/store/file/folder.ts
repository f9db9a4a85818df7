import { mkdir, readlink, realpath, stat } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'

/**
 * Makes a folder and those above it that are missing; answers the topmost that it has made, or undefined. (What Node
 * has for it goes round for ever where the system says of a folder that is there that it is not, as below /proc.)
 *
 * @throws what the system says, such as ENOTDIR where a file is in the way
 */
export async function makeFolders (folder: string): Promise<string | undefined> {
  const missing: string[] = []
  for (let path = folder; !await exists(path); path = dirname(path)) missing.push(path)
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

/** As many as Linux follows. */
const MOST_LINKS = 40

/**
 * The path without any links, also of a file that does not exist yet: where links lead to is decided once, so that it
 * stays the same while they are changed.
 *
 * @param makeFolder makes the folder in which the file, or the next link to it, belongs
 */
export async function realPath (path: string, makeFolder: (folder: string) => Promise<void>): Promise<string> {
  let file = resolve(path)
  for (let links = 0; links <= MOST_LINKS; links++) {
    await makeFolder(dirname(file))
    file = join(await realpath(dirname(file)), basename(file))
    const target = await readlink(file).catch(error => {
      // No link, or no file at all.
      if (codeOf(error) === 'EINVAL' || codeOf(error) === 'ENOENT' || codeOf(error) === 'UNKNOWN') return null
      throw error
    })
    if (target === null) return file
    file = resolve(dirname(file), target)
  }
  throw Object.assign(new Error(`ELOOP: too many links, open '${path}'`), { code: 'ELOOP', path })
}

async function exists (path: string): Promise<boolean> {
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
