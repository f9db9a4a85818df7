import { damaged } from './corruption.js'
import { type StoreFiles, readSegments, removeSegments } from './store-files.js'
import { replay } from './recover.js'
import { ledgerOf, openSnapshot, writeSnapshot } from './snapshot.js'

/**
 * Builds the snapshot that holds everything up to line `last`, from the old snapshot and the
 * closed segments, and removes the segments. It reads only files that nobody writes any more, so
 * it runs in a thread of its own, beside the hot path.
 *
 * A crash at any step loses nothing and replays nothing twice: the new snapshot replaces the old
 * one in one step and says which lines it holds, and segments go only after that.
 *
 * @throws DamagedStoreError, or what the disk throws; the old files are untouched then
 */
export async function compact (files: StoreFiles, last: number): Promise<void> {
  const { disk, path } = files
  const old = openSnapshot(disk, path)
  await old.read()
  if (old.data === null) throw new Error(`${path} went away while it was in use`)
  const { store, issuer, last: after } = old.data
  const ledger = ledgerOf(old.data)
  // An earlier attempt may have failed after it had replaced the snapshot, or removed some of the segments.
  if (after < last) {
    const newest = replay(files, ledger, await readSegments(files, last), { store, after })
    if (newest.last !== last) throw damaged(newest.path, null, `it ends at line ${newest.last}, not at ${last}`)
  }
  await writeSnapshot(disk, path, ledger, { store, issuer, last: Math.max(after, last) })
  await removeSegments(files, last)
}
