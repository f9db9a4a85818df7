import { basename, dirname, join } from 'node:path'

/**
 * The names of a store's files. All of them begin with the name of the snapshot without its `.json`, so stores with
 * different snapshots share no file:
 *
 *     longhand.json                      the snapshot
 *     longhand.json.new                  the next one, while it is written
 *     longhand.000000000001.journal      a segment of the journal, named for its first line
 *     longhand.lock                      the lock
 *     longhand.restored                  made by hand after a restore
 *     longhand.probe                     what is written to see whether the disk takes writes again
 */
const EXTENSION = '.json'

/** @throws when the name has another ending: `longhand` and `longhand.json` would have one journal */
export function checkFileName (path: string): void {
  if (path.endsWith(EXTENSION)) return
  throw new Error(`DATA_FILE is ${path}, but its name must end with ${EXTENSION}. Set it (--data) to ${path}${EXTENSION}; ` +
    'if the file exists already, rename it first')
}

/** Without the folder. */
export function baseName (path: string): string {
  // `basename` would leave the name `.json` as it is, and give it the stem of `.json.json`.
  return basename(path).slice(0, -EXTENSION.length)
}

export function lockPath (path: string): string {
  return beside(path, 'lock')
}

export function probePath (path: string): string {
  return beside(path, 'probe')
}

function beside (path: string, ending: string): string {
  return join(dirname(path), `${baseName(path)}.${ending}`)
}
