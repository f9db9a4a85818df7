/** A thread that begins to write a snapshot, and never ends. */
import { workerData } from 'node:worker_threads'
import { realDisk } from '../../../src/store/file/disk.js'

const { path }: { path: string } = workerData
await realDisk.create(`${path}.new`)
await realDisk.create(`${path}.begun`)
for (;;);
