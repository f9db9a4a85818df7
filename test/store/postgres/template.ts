import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chmodSync, existsSync, mkdirSync, renameSync, rmSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { tryLock } from '../../../src/store/file/kernel-lock.js'

/**
 * Creates the data folder of a new server as a copy of one that `initialise` made once for all test files: initdb takes
 * two seconds of processor time, a copy a twentieth of that.
 *
 * @param key the programs and the flags of initdb, on which the content depends
 * @param initialise creates the given folder
 */
export async function copyOfTemplate (
  folder: string, key: readonly string[], initialise: (folder: string) => Promise<void>
): Promise<void> {
  // `cp` keeps the owner, who is another user where the tests run as root.
  if (process.platform === 'win32') return initialise(folder)
  const digest = createHash('sha256').update(JSON.stringify(key)).digest('hex').slice(0, 16)
  const template = join(tmpdir(), `longhand-initdb-${process.getuid?.()}-${digest}`)
  if (!existsSync(template)) await makeTemplate(template, initialise)
  execFileSync('cp', ['-a', join(template, 'data'), folder])
}

/** Test files that start together wait for the one that makes it. A process that is killed releases the lock. */
async function makeTemplate (template: string, initialise: (folder: string) => Promise<void>): Promise<void> {
  const lock = await open(`${template}.lock`, 'a')
  try {
    while (!tryLock(lock.fd)) await new Promise(resolve => { setTimeout(resolve, 20) })
    if (existsSync(template)) return
    const fresh = `${template}.new`
    rmSync(fresh, { recursive: true, force: true })
    mkdirSync(fresh)
    chmodSync(fresh, 0o755)
    await initialise(join(fresh, 'data'))
    renameSync(fresh, template)
  } finally {
    await lock.close()
  }
}
