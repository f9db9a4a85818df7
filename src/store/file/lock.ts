import { createHash, randomBytes } from 'node:crypto'
import { type FileHandle, open, readdir, rm } from 'node:fs/promises'
import { type Socket, connect, createServer } from 'node:net'
import { basename, dirname, join } from 'node:path'

/**
 * One process per store. Whoever wants the store listens on a Unix socket of its own beside the
 * file: the kernel closes it with the process, so a crash never leaves it stuck, and it does not
 * matter whether process ids mean anything (in containers every server is process 1).
 *
 * Each socket has a name that no other ever has, so a dead one can be removed without taking a
 * living one away. Between the living ones the names decide: everybody listens first and looks
 * around then, so of any two at least one sees the other. Who sees a lower name withdraws, waits
 * for its decision, and tries again; who sees higher names waits until each has withdrawn or
 * turns out to be the owner. An owner says so to everybody who asks.
 */
export interface Lock {
  release (): Promise<void>
}

/** @throws when another process holds it */
export async function acquireLock (storePath: string): Promise<Lock> {
  const place = process.platform === 'win32' ? pipePlace(storePath) : await openPlace(storePath)
  try {
    for (;;) {
      const lock = await apply(place, storePath)
      if (lock !== null) return lock
    }
  } catch (error) {
    await place.folder?.close()
    throw error
  }
}

/** Where the sockets of one store are. */
interface SocketPlace {
  readonly folder: FileHandle | null
  /** A name that nobody has used, to listen on. */
  newName (): string
  /** The names that are there, of the living and the dead. */
  names (): Promise<string[]>
  addressOf (name: string): string
  remove (name: string): Promise<void>
}

/**
 * The path of a Unix socket may have about a hundred bytes only; on Linux a longer one is
 * reached through an open folder.
 */
async function openPlace (storePath: string): Promise<SocketPlace> {
  const path = dirname(storePath)
  const prefix = `${basename(storePath)}.lock-`
  const newName = (): string => `${prefix}${randomBytes(6).toString('hex')}`
  const isLong = Buffer.byteLength(join(path, newName())) >= 100 && process.platform === 'linux'
  const folder = isLong ? await open(path) : null
  return {
    folder,
    newName,
    names: async () => (await readdir(path)).filter(name => name.startsWith(prefix)),
    addressOf: name => join(folder === null ? path : `/proc/self/fd/${folder.fd}`, name),
    remove: name => rm(join(path, name), { force: true })
  }
}

/** Windows has named pipes instead, which end with their process; there is one name, and who has it is the owner. */
function pipePlace (storePath: string): SocketPlace {
  const name = `longhand-${createHash('sha256').update(storePath).digest('hex').slice(0, 32)}`
  return {
    folder: null,
    newName: () => name,
    names: async () => [name],
    addressOf: name => `\\\\.\\pipe\\${name}`,
    remove: async () => {}
  }
}

/** Answers null when somebody who went first has given up meanwhile. @throws when somebody is the owner */
async function apply (place: SocketPlace, storePath: string): Promise<Lock | null> {
  const name = place.newName()
  const candidacy = await announce(place.addressOf(name), storePath)
  try {
    for (const other of await place.names()) {
      if (other === name) continue
      const verdict = await ask(place.addressOf(other))
      if (verdict === null) {
        // Only while still a candidate: whoever it may be waits for this decision, and looks then whether it is gone.
        await place.remove(other)
        continue
      }
      // Not after the answer: the other one may be waiting for this very decision.
      if (other < name) candidacy.withdraw()
      if (await verdict.isOwner) throw inUse(storePath)
      if (other < name) return null
    }
    // Somebody may have found the socket after it was bound and before it listened, and thought it dead.
    if (!(await place.names()).includes(name)) {
      candidacy.withdraw()
      return null
    }
  } catch (error) {
    candidacy.withdraw()
    throw error
  }
  candidacy.win()
  return {
    async release () {
      candidacy.withdraw()
      await place.folder?.close()
    }
  }
}

function inUse (storePath: string): Error {
  return new Error(`${storePath} is in use by another Longhand process; stop that one or set DATA_FILE to another file`)
}

/** A socket that others can ask who the owner is; until that is decided it leaves them waiting. */
interface Candidacy {
  /** From now on the owner. */
  win (): void
  withdraw (): void
}

const OWNER = 'owner'

function announce (address: string, storePath: string): Promise<Candidacy> {
  const asking = new Set<Socket>()
  let state: 'candidate' | 'owner' | 'withdrawn' = 'candidate'
  const server = createServer(socket => {
    // Who asked need not wait for the answer.
    socket.on('error', () => {})
    if (state === 'owner') socket.end(OWNER)
    else asking.add(socket)
  })
  const candidacy: Candidacy = {
    win () {
      state = 'owner'
      for (const socket of asking) socket.end(OWNER)
      asking.clear()
    },
    withdraw () {
      if (state === 'withdrawn') return
      state = 'withdrawn'
      server.close()
      for (const socket of asking) socket.destroy()
    }
  }
  return new Promise((resolve, reject) => {
    server.unref()
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(error.code === 'EADDRINUSE' ? inUse(storePath) : error)
    })
    server.listen(address, () => resolve(candidacy))
  })
}

/** A process that lives and answers nothing for this long (ms) is stopped or very busy: it has the store. */
const PATIENCE_MS = 5_000

/** What somebody who lives decides. */
interface Verdict {
  /** False when it has withdrawn, or died. */
  readonly isOwner: Promise<boolean>
}

/** Asks whoever listens there; null when nobody does. */
function ask (address: string): Promise<Verdict | null> {
  return new Promise((resolve, reject) => {
    const socket = connect(address)
    let answer = ''
    socket.setEncoding('utf8')
    socket.setTimeout(PATIENCE_MS, () => {
      answer = OWNER
      socket.destroy()
    })
    socket.on('data', text => { answer += text })
    const isOwner = new Promise<boolean>(resolve => socket.on('close', () => resolve(answer === OWNER)))
    socket.on('connect', () => resolve({ isOwner }))
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ECONNREFUSED' || error.code === 'ENOENT') resolve(null)
      // It withdrew before it had taken the question.
      else if (error.code === 'ECONNRESET') resolve({ isOwner })
      // After the connection this changes nothing: the socket closes, and nobody has said to be the owner.
      else reject(error)
    })
  })
}
