import { FormatError } from './errors.js'

/** A file format. Files of older versions are upgraded while they are read, and written in the current version. */
export interface Format<Data> {
  /** The member `format` of the file. */
  readonly name: string
  /** The current version. */
  readonly version: number
  /**
   * By older version: turns its data into that of the next version. Raising the version takes an entry here, and files
   * written by the version before as a fixture (`test/store/file/version-1` is the first).
   */
  readonly upgrades: ReadonlyMap<number, (data: Data) => Data>
}

/**
 * What turns data of this version into that of the current one.
 *
 * @param path only for messages
 * @throws FormatError when this Longhand cannot read that version
 */
export function upgradeFrom<Data> (path: string, format: Format<Data>, version: number): (data: Data) => Data {
  if (version > format.version) {
    throw new FormatError(path, `a newer version of Longhand (format ${version}; this one reads up to ` +
      `${format.version}). Start that version or a newer one`)
  }
  const steps: Array<(data: Data) => Data> = []
  for (let from = version; from < format.version; from++) {
    const step = format.upgrades.get(from)
    if (step === undefined) throw unreleased(path)
    steps.push(step)
  }
  return data => steps.reduce((upgraded, step) => step(upgraded), data)
}

/** Builds before version 0.1.0 gave the files another `format`, and their versions other meanings. */
export function unreleased (path: string): FormatError {
  return new FormatError(path, 'an unreleased build of Longhand, in a format that this version does not read. Let ' +
    'that build finish its work, or move all files of the store away to start with an empty one')
}
