/** A lock file with the id of its owner, which is invalid once the owner is gone. */
import { readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'

const POLL_MS = 100

/** An owner writes its id right after it creates the file. */
const NAMELESS_MS = 5_000

/** Longer than an install and a build; after it, another process, perhaps of another container, may have the id. */
const STALE_MS = 10 * 60_000

/**
 * Runs `act` in one process at a time.
 *
 * @param {string} path
 * @param {() => T} act
 * @param {(owner: number) => void} onWait called once if another process has the lock
 * @returns {T}
 * @template T
 * @throws if the file cannot be created
 */
export function withLock (path, act, onWait) {
  let waited = false
  while (!take(path)) {
    const held = readLock(path)
    if (held === null) continue
    if (!isLive(held)) {
      removeStale(path, held)
      continue
    }
    if (!waited && held.owner !== 0) {
      onWait(held.owner)
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
  const held = readLock(path)
  return held !== null && isLive(held)
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

/** Null without a lock; the owner is 0 if it has not written its id yet. */
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

/** Of several processes that find the same dead owner, one removes its file. A file of another owner is restored. */
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
