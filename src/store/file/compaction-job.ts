import { CorruptionError } from './errors.js'
import { replay } from './recover.js'
import { ledgerOf, openSnapshot, writeSnapshot } from './snapshot.js'
import { type StoreFiles, readSegments, removeSegments } from './store-files.js'

/**
 * Builds the snapshot of everything up to line `last` from the old snapshot and the closed segments, and removes these
 * segments. It reads only files that are no longer written, so it can run in a thread of its own.
 *
 * A crash at any step loses nothing and replays nothing twice: the new snapshot replaces the old one in one step and
 * says which lines it includes, and segments are removed only after that.
 *
 * @throws CorruptionError, or the error of the disk; the old files are untouched then
 */
export async function compact (files: StoreFiles, last: number): Promise<void> {
  const { disk, path } = files
  const old = openSnapshot(disk, path)
  await old.read()
  if (old.data === null) throw new Error(`${path} disappeared while it was in use`)
  const { store, issuer, last: after } = old.data
  const ledger = ledgerOf(old.data)
  // An earlier attempt may have failed after it had replaced the snapshot or removed some of the segments.
  if (after < last) {
    const newest = replay(files, ledger, await readSegments(files, last), { store, after })
    if (newest.last !== last) {
      throw new CorruptionError(newest.path, null, `it ends at line ${newest.last} instead of ${last}`)
    }
  }
  await writeSnapshot(disk, path, ledger, { store, issuer, last: Math.max(after, last) })
  await removeSegments(files, last)
}
