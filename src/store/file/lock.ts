import { type FileHandle, open, rename, rm } from 'node:fs/promises'
import { type Server, connect, createServer } from 'node:net'
import { basename, dirname } from 'node:path'
import { createHash } from 'node:crypto'

/**
 * One process per store. The lock is a Unix socket beside the file that its owner listens on: the
 * kernel closes it with the process, so a crash never leaves it stuck, and it does not matter
 * whether process ids mean anything (in containers every server is process 1).
 */
export interface Lock {
  release (): Promise<void>
}

/** @throws when another process holds it */
export async function acquireLock (storePath: string): Promise<Lock> {
  const place = await openPlace(storePath)
  try {
    for (let tries = 0; tries < 5; tries++) {
      const server = await listen(place.address)
      if (server !== null) return { release: () => close(server, place) }
      if (await isHeld(place.address)) {
        throw new Error(`${storePath} is in use by another Longhand process; stop that one or set DATA_FILE to another file`)
      }
      await removeStale(place.address)
    }
    throw new Error(`The lock ${storePath}.lock could not be taken: other processes keep taking it`)
  } catch (error) {
    await place.folder?.close()
    throw error
  }
}

interface SocketPlace {
  readonly address: string
  readonly folder: FileHandle | null
}

/**
 * The path of a Unix socket may have about a hundred bytes only; on Linux a longer one is
 * reached through an open folder. Windows has named pipes instead, which end with their process.
 */
async function openPlace (storePath: string): Promise<SocketPlace> {
  const path = `${storePath}.lock`
  if (process.platform === 'win32') {
    return { address: `\\\\.\\pipe\\longhand-${createHash('sha256').update(path).digest('hex').slice(0, 32)}`, folder: null }
  }
  if (Buffer.byteLength(path) < 100 || process.platform !== 'linux') return { address: path, folder: null }
  const folder = await open(dirname(path))
  return { address: `/proc/self/fd/${folder.fd}/${basename(path)}`, folder }
}

/** The listening server, or null when something is at that address. */
function listen (address: string): Promise<Server | null> {
  return new Promise((resolve, reject) => {
    const server = createServer(socket => socket.end())
    server.unref()
    server.once('error', (error: NodeJS.ErrnoException) => error.code === 'EADDRINUSE' ? resolve(null) : reject(error))
    server.listen(address, () => resolve(server))
  })
}

/** True when a living process answers there. */
function isHeld (address: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const socket = connect(address)
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ECONNREFUSED' || error.code === 'ENOENT') resolve(false)
      else reject(error)
    })
  })
}

/**
 * Takes the socket of a dead process away. Two processes may get here at once, and the slower one
 * must not take away what the faster one has bound meanwhile: it moves the file aside first, and
 * puts it back when a living process turns out to listen on it.
 */
async function removeStale (address: string): Promise<void> {
  const aside = `${address}.${process.pid}-${process.hrtime.bigint()}`
  try {
    await rename(address, aside)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return
    throw error
  }
  if (await isHeld(aside)) await rename(aside, address)
  else await rm(aside, { force: true })
}

async function close (server: Server, place: SocketPlace): Promise<void> {
  await new Promise(resolve => server.close(resolve))
  await place.folder?.close()
}
