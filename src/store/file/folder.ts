import { mkdir, readlink, realpath, stat } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { codeOf } from '../../core/error-code.js'

/**
 * Makes a folder and its missing parents. Returns the topmost that it has made, or undefined. (The recursive `mkdir` of
 * Node never returns where the system reports an existing folder as missing, as below /proc.)
 *
 * @throws the error of the system, such as ENOTDIR where a file is in the way
 */
export async function makeFolders (folder: string): Promise<string | undefined> {
  const missing: string[] = []
  for (let path = folder; !await exists(path); path = dirname(path)) missing.push(path)
  for (const path of missing.toReversed()) {
    try {
      await mkdir(path)
    } catch (error) {
      // Another process has made it meanwhile. If it is not a folder, its next use fails.
      if (codeOf(error) !== 'EEXIST') throw error
    }
  }
  return missing.at(-1)
}

/** The limit of Linux. */
const MAX_LINKS = 40

/** How systems refuse to read a link that is none, or that does not exist. */
const NO_LINK: ReadonlySet<string> = new Set(['EINVAL', 'ENOENT', 'UNKNOWN'])

/**
 * The path without links, also of a file that does not exist yet. Links are followed once, so that the store stays
 * where it is when they are changed.
 *
 * @param makeFolder makes the folder of the file, or of the next link to it
 */
export async function realPath (path: string, makeFolder: (folder: string) => Promise<void>): Promise<string> {
  let file = resolve(path)
  for (let links = 0; links <= MAX_LINKS; links++) {
    await makeFolder(dirname(file))
    file = join(await realpath(dirname(file)), basename(file))
    const target = await readlink(file).catch(error => {
      if (NO_LINK.has(codeOf(error))) return null
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
