/** A process that takes and releases locks on request, and answers each request. */
import { type Lock, acquireLock } from '../../../src/store/file/lock.js'

let lock: Lock | null = null

process.on('message', async ({ order, path }: { order: 'take' | 'release', path: string }) => {
  try {
    if (order === 'take') lock = await acquireLock(path)
    else await lock?.release()
    process.send!({ done: true, message: '' })
  } catch (error) {
    process.send!({ done: false, message: (error as Error).message })
  }
})
