import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chmodSync, existsSync, mkdtempSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

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

/** Atomic: other test files may do the same at the same time. */
async function makeTemplate (template: string, initialise: (folder: string) => Promise<void>): Promise<void> {
  const fresh = mkdtempSync(`${template}-`)
  chmodSync(fresh, 0o755)
  await initialise(join(fresh, 'data'))
  try {
    renameSync(fresh, template)
  } catch (error) {
    rmSync(fresh, { recursive: true })
    if (!existsSync(template)) throw error
  }
}
