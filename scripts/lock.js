/** One process at a time: a file that names its owner, and that is void once the owner has ended. */
import { readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'

const POLL_MS = 100

/** How long a file without an owner is valid: the owner writes its id right after it has created the file. */
const NAMELESS_MS = 5_000

/** Longer than an install and a build take: by then the owner's id may belong to another process or container. */
const STALE_MS = 10 * 60_000

/**
 * Runs `act` in one process at a time.
 *
 * @param {string} path
 * @param {() => T} act
 * @param {(owner: number) => void} onWait called once when it has to wait for another process
 * @returns {T}
 * @template T
 * @throws when the file cannot be created
 */
export function withLock (path, act, onWait) {
  let waited = false
  while (!take(path)) {
    const found = readLock(path)
    if (found === null) continue
    if (!isLive(found)) {
      removeStale(path, found)
      continue
    }
    if (!waited && found.owner !== 0) {
      onWait(found.owner)
      waited = true
    }
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, POLL_MS)
  }
  try {
    return act()
  } finally {
    rmSync(path, { force: true })
  }
}

/** Whether a running process has the lock. */
export function isTaken (path) {
  const found = readLock(path)
  return found !== null && isLive(found)
}

function take (path) {
  try {
    writeFileSync(path, `${process.pid}\n`, { flag: 'wx' })
    return true
  } catch (error) {
    if (error.code === 'EEXIST') return false
    throw error
  }
}

/** Null without a lock; the owner is 0 if the file does not name it. */
function readLock (path) {
  try {
    const { mtimeMs } = statSync(path)
    return { owner: Number(readFileSync(path, 'utf8')) || 0, ageMs: Date.now() - mtimeMs }
  } catch (error) {
    if (error.code === 'ENOENT') return null
    throw error
  }
}

function isLive ({ owner, ageMs }) {
  if (owner === 0) return ageMs < NAMELESS_MS
  if (owner === process.pid || ageMs > STALE_MS) return false
  try {
    process.kill(owner, 0)
    return true
  } catch (error) {
    // The process belongs to another user.
    return error.code === 'EPERM'
  }
}

/** Of several processes that find the same dead owner, one removes its file; a file of another owner is restored. */
function removeStale (path, { owner }) {
  const aside = `${path}.${process.pid}`
  try {
    renameSync(path, aside)
    if (readLock(aside)?.owner === owner) rmSync(aside, { force: true })
    else renameSync(aside, path)
  } catch (error) {
    if (error.code !== 'ENOENT') throw error
  }
}
