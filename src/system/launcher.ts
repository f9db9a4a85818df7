/**
 * The npm that started this process. A signal that ends npm need not reach the processes that it started:
 * `npx . & kill $!` would leave a server running unnoticed, with its port and its data.
 */
import { readFileSync } from 'node:fs'
import { repeat } from '../core/clock.js'
import { systemClock } from './clock.js'

const POLL_MS = 500

/** A process as its system describes it. */
export interface ProcessInfo {
  readonly parent: number
  readonly command: readonly string[]
}

/**
 * Calls `onEnd` once, as soon as the launcher has ended. Call it early: a launcher that ended before is not noticed.
 *
 * @param byNpm whether npm has started this process, according to its environment
 */
export function watchLauncher (byNpm: boolean, onEnd: () => void): void {
  const isRunning = byNpm ? findLauncher() : null
  if (isRunning === null) return
  const stop = repeat(systemClock, POLL_MS, () => {
    if (isRunning()) return
    stop()
    onEnd()
  })
}

/**
 * Finds the launcher, and returns whether it still runs. It is the parent; or the parent's parent if the parent is the
 * shell in which npm runs a script, which may outlive npm. Null for an interactive shell: its user has started this
 * process, though npm may have started the shell.
 */
export function findLauncher (parent = () => process.ppid, inspect = inspectProcess): (() => boolean) | null {
  const first = parent()
  const hasParent = (): boolean => parent() === first
  const shell = inspect(first)
  if (shell === null || !isShell(shell)) return hasParent
  if (!shell.command.some(word => /^-\w*c$/.test(word))) return null
  return () => hasParent() && inspect(first)?.parent === shell.parent
}

function isShell ({ command: [name = ''] }: ProcessInfo): boolean {
  return /^-?(.*\/)?(sh|ash|bash|dash|ksh|mksh|yash|zsh|busybox)$/.test(name)
}

/**
 * Null for a process that has ended, and on systems other than Linux, where the shell of npm replaces itself by the
 * command that it runs.
 */
function inspectProcess (id: number): ProcessInfo | null {
  try {
    const command = readFileSync(`/proc/${id}/cmdline`, 'utf8').split('\0')
    // The name, in parentheses, may contain any character.
    const [, parent] = /^.*\) \S (\d+)/s.exec(readFileSync(`/proc/${id}/stat`, 'utf8')) ?? []
    return parent === undefined ? null : { parent: Number(parent), command }
  } catch {
    return null
  }
}
