/**
 * The start of a store over damaged files: nothing is changed, and a person is told what to look
 * at. It is no domain error, for no client ever sees it.
 *
 * @param line of the file, from 1; null where it is about the whole file
 * @param without how to go on without what is lost; a whole sentence
 */
export function damaged (path: string, line: number | null, what: string, without = withoutRest(path, line)): Error {
  const where = line === null ? path : `${path}, line ${line}`
  const error = new Error(`${where}: ${what}.
Nothing was changed. Put a copy of the whole folder aside first. Then restore all files of the store from one backup.
To go on without what is lost instead: ${without}
Either way, make an empty file ${restoredPath(path)} before you start again. It says that something may be gone that was
answered already: new ids then go on far above those that were given, and results of tasks that are gone are refused.`)
  error.name = 'DamagedStoreError'
  return error
}

/** The file by which somebody says that the store is not what it was last: beside the snapshot and its segments. */
export function restoredPath (path: string): string {
  return `${path.replace(/(\.\d{12,}\.journal|\.json)$/, '')}.restored`
}

function withoutRest (path: string, line: number | null): string {
  const later = 'the journal segments with higher numbers'
  if (line === null || line === 1) return `move ${path} and ${later} away.`
  return `keep only the ${line - 1} lines of ${path} before this one, and move ${later} away.`
}

/** How to go on when the snapshot itself is lost. */
export const WITHOUT_SNAPSHOT = 'move the snapshot and all its journal segments away; the store begins anew then.'
