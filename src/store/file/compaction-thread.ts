/** The entry of the thread that builds a snapshot; it ends with the job. */
import { workerData } from 'node:worker_threads'
import { compact } from './compaction-job.js'
import { realDisk } from './disk.js'

/** What the thread is asked: the snapshot's path, and the last line that it is to hold. */
export interface CompactionJob {
  readonly path: string
  readonly last: number
}

const { path, last }: CompactionJob = workerData
await compact({ disk: realDisk, path }, last)
