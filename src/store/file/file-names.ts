import { basename, dirname, join } from 'node:path'

/**
 * The names of a store's files. All of them begin with the name of the snapshot without its `.json`, so stores with
 * different snapshots share no file:
 *
 *     longhand.json                      the snapshot
 *     longhand.json.new                  the next snapshot, while it is written
 *     longhand.000000000001.journal      a segment of the journal, named for its first line
 *     longhand.lock                      the lock
 *     longhand.restored                  made by hand after a restore
 *     longhand.probe                     written to test whether the disk accepts writes again
 */
const EXTENSION = '.json'

/** @throws when the name has another extension: `longhand` and `longhand.json` would share a journal */
export function checkFileName (path: string): void {
  if (path.endsWith(EXTENSION)) return
  throw new Error(`DATA_FILE is ${path}, but its name must end with ${EXTENSION}. Set it (--data) to ` +
    `${path}${EXTENSION}; if the file exists already, rename it first`)
}

export function lockPath (storePath: string): string {
  return beside(storePath, 'lock')
}

export function probePath (storePath: string): string {
  return beside(storePath, 'probe')
}

/** The path of the segment whose first line has this number. */
export function segmentPath (storePath: string, first: number): string {
  return beside(storePath, `${String(first).padStart(12, '0')}.journal`)
}

/** The number in the name of a segment of this store; null for other files. */
export function segmentFirst (storePath: string, name: string): number | null {
  const base = `${baseName(storePath)}.`
  const number = name.startsWith(base) ? /^(\d{12,})\.journal$/.exec(name.slice(base.length)) : null
  return number === null ? null : Number(number[1])
}

/** The file by which an operator says that the store was restored or repaired. @param path of snapshot or segment */
export function restoredPath (path: string): string {
  return `${path.replace(/(\.\d{12,}\.journal|\.json)$/, '')}.restored`
}

function beside (storePath: string, extension: string): string {
  return join(dirname(storePath), `${baseName(storePath)}.${extension}`)
}

/** `basename(path, '.json')` would leave the name `.json` as it is, and give it the base of `.json.json`. */
function baseName (storePath: string): string {
  return basename(storePath).slice(0, -EXTENSION.length)
}
