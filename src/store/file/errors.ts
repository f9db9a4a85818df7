import { restoredPath } from './file-names.js'

/** The files of the store cannot be used. The message says what to do; it is for the log, and no client sees it. */
export abstract class StoreFileError extends Error {
  abstract readonly code: string
}

export class StoreInUseError extends StoreFileError {
  override readonly name = 'StoreInUseError'
  readonly code = 'STORE_IN_USE'

  /** @param owner what is known of the other process, in parentheses and with a space before it */
  constructor (path: string, owner = '') {
    super(`${path} is in use by another Longhand process${owner}. Stop that process, or set DATA_FILE (--data) to ` +
      'another file')
  }
}

/** The file is intact, but this version cannot read its format. */
export class FormatError extends StoreFileError {
  override readonly name = 'FormatError'
  readonly code = 'STORE_FORMAT'

  constructor (path: string, reason: string) {
    super(`${path} was written by ${reason}. Nothing was changed`)
  }
}

/** The files are not as they were written, or do not belong together. The start is refused and changes nothing. */
export class CorruptionError extends StoreFileError {
  override readonly name = 'CorruptionError'
  readonly code = 'STORE_CORRUPT'

  /**
   * @param line of the file, from 1; null for the whole file
   * @param remedy how to continue without the lost data, as a sentence
   */
  constructor (path: string, line: number | null, what: string, remedy = dropRest(path, line)) {
    super(`${line === null ? path : `${path}, line ${line}`}: ${what}.
Nothing was changed. First copy the whole folder to a safe place. Then restore all files of the store from one backup.
To continue without the lost data instead: ${remedy}
In both cases, make an empty file ${restoredPath(path)} before you start again. It tells the server that acknowledged
data may be missing: new ids then continue far above all earlier ones, and results for lost tasks are refused.`)
  }
}

function dropRest (path: string, line: number | null): string {
  const later = 'the journal segments with higher numbers'
  if (line === null || line === 1) return `move ${path} and ${later} away.`
  return `keep only the ${line - 1} lines of ${path} before this one, and move ${later} away.`
}

/** The remedy for a lost snapshot. */
export const START_EMPTY = 'move the snapshot and all its journal segments away; the store then starts empty.'

/**
 * The files of a running server are no longer its own, or no longer as it left them. It acknowledges nothing more: only
 * a new process, which takes the lock and reads everything again, may do that.
 */
export class OwnershipError extends StoreFileError {
  override readonly name = 'OwnershipError'
  readonly code = 'STORE_NOT_OWNED'

  static lockLost (path: string): OwnershipError {
    return new OwnershipError(`The lock of the store of ${path} was deleted, replaced or taken over by another ` +
      'process while this server was running. Make sure that only one server uses the files, then start it again')
  }

  static moved (path: string): OwnershipError {
    return new OwnershipError(`${path} was deleted or moved away while it was in use; nothing more can be stored. ` +
      'Stop the server, put the files back if they still exist, and start it again')
  }

  static resized (path: string): OwnershipError {
    return new OwnershipError(`${path} was truncated or written to by another program while it was in use; nothing ` +
      'more can be stored. Stop that program. If the next start reports corruption, restore the files from a backup')
  }
}
