import { realDisk } from './disk.js'
import { compact } from './compact.js'

/** What the worker thread is asked: the snapshot's path, and the last line that it is to hold. */
export interface CompactJob {
  readonly path: string
  readonly last: number
}

/** The entry of the thread that builds snapshots. */
export default async function ({ path, last }: CompactJob): Promise<void> {
  await compact({ disk: realDisk, path }, last)
}
