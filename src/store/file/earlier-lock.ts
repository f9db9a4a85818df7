import { constants } from 'node:fs'
import { type FileHandle, open, readdir, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { basename, dirname, join } from 'node:path'

/**
 * Servers of earlier builds do not lock a file. Each listens on a Unix socket beside the snapshot instead,
 * `longhand.json.lock-` and twelve hexadecimal digits. One that still runs after an update owns the store.
 */
const SOCKET = /^\.lock-[0-9a-f]{12}$/

/** The path of a socket has at most about a hundred bytes; on Linux a longer one is reached through an open folder. */
const LONGEST_PATH = 100

/**
 * Whether a server of an earlier build uses the store. Removes the sockets of those that were killed.
 *
 * @throws what the system says of a socket that this user may not connect to
 */
export async function isInUseByEarlier (storePath: string): Promise<boolean> {
  // Named pipes have no files, and end with their process.
  if (process.platform === 'win32') return false
  const [folder, base] = [dirname(storePath), basename(storePath)]
  const entries = await readdir(folder, { withFileTypes: true })
  const names = entries
    .filter(entry => entry.isSocket() && entry.name.startsWith(base) && SOCKET.test(entry.name.slice(base.length)))
    .map(({ name }) => name)
  for (const name of names) {
    if (await isAlive(folder, name)) return true
    await rm(join(folder, name), { force: true })
  }
  return false
}

async function isAlive (folder: string, name: string): Promise<boolean> {
  const path = join(folder, name)
  if (Buffer.byteLength(path) < LONGEST_PATH || process.platform !== 'linux') return accepts(path)
  const handle: FileHandle = await open(folder, constants.O_RDONLY)
  try {
    return await accepts(`/proc/self/fd/${handle.fd}/${name}`)
  } finally {
    await handle.close()
  }
}

/** A stopped process accepts connections, too: the kernel does that. */
function accepts (path: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const socket = connect(path)
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', error => {
      if ('code' in error && (error.code === 'ECONNREFUSED' || error.code === 'ENOENT')) resolve(false)
      else reject(error)
    })
  })
}
