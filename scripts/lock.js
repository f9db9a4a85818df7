/** One process at a time: a file that names its owner, and that counts for nothing once the owner is gone. */
import { readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'

const POLL_MS = 100

/** An owner writes its id right after it has made the file. */
const NAMELESS_MS = 5_000

/** Longer than what is done alone takes: by then another process, of another container perhaps, has the owner's id. */
const STALE_MS = 10 * 60_000

/**
 * Runs `act` while no other process does.
 *
 * @param {string} path
 * @param {() => T} act
 * @param {(owner: number) => void} onWait called once when another process has to be waited for
 * @returns {T}
 * @template T
 * @throws when the file cannot be made
 */
export function alone (path, act, onWait) {
  let waited = false
  while (!take(path)) {
    const held = look(path)
    if (held === null) continue
    if (!isLive(held)) {
      takeAway(path, held)
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

/** Whether a process that still runs has the lock. */
export function isTaken (path) {
  const held = look(path)
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

/** Null when there is no lock; the owner is 0 where it has not said who it is. */
function look (path) {
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
    // It belongs to another user.
    return error.code === 'EPERM'
  }
}

/** Of several that find the same dead owner, one gets to remove its file; a file of another owner is put back. */
function takeAway (path, { owner }) {
  const aside = `${path}.${process.pid}`
  try {
    renameSync(path, aside)
    if (look(aside)?.owner === owner) rmSync(aside, { force: true })
    else renameSync(aside, path)
  } catch (error) {
    if (error.code !== 'ENOENT') throw error
  }
}
