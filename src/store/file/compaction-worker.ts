/** The entry of the thread that builds one snapshot and ends. */
import { workerData } from 'node:worker_threads'
import { compact } from './compaction-job.js'
import { realDisk } from './disk.js'

export interface CompactionJob {
  /** The snapshot's path. */
  readonly path: string
  /** The last line that the snapshot includes. */
  readonly last: number
}

const { path, last }: CompactionJob = workerData
await compact({ disk: realDisk, path }, last)
