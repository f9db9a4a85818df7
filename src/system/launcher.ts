/**
 * The npm that started this process. A signal that ends npm need not reach what it has started: `npx . & kill $!`
 * would leave a server running unnoticed, with its port and its data.
 */
import { readFileSync } from 'node:fs'

const POLL_MS = 500

/** A process as its system describes it. */
export interface ProcessInfo {
  readonly parent: number
  readonly command: readonly string[]
}

/** Null where the process is gone, or its system does not say. */
export type Inspect = (id: number) => ProcessInfo | null

interface Launcher {
  isThere (): boolean
}

/**
 * Calls `onGone` once, as soon as the launcher has ended. To be called early: what has ended before is not noticed.
 *
 * @param byNpm whether npm has started this process, as its environment says
 */
export function watchLauncher (byNpm: boolean, onGone: () => void): void {
  const launcher = byNpm ? findLauncher() : null
  if (launcher === null) return
  const timer = setInterval(() => {
    if (launcher.isThere()) return
    clearInterval(timer)
    onGone()
  }, POLL_MS)
  timer.unref()
}

/**
 * The parent; or the one before it where the parent is the shell that npm runs a script with, which may outlive npm.
 * None for an interactive shell: its user has started this process, though npm may have started the shell.
 */
export function findLauncher (parent = () => process.ppid, inspect: Inspect = inspectProcess): Launcher | null {
  const first = parent()
  const hasParent = (): boolean => parent() === first
  const shell = inspect(first)
  if (shell === null || !isShell(shell)) return { isThere: hasParent }
  if (!shell.command.some(word => /^-\w*c$/.test(word))) return null
  return { isThere: () => hasParent() && inspect(first)?.parent === shell.parent }
}

function isShell ({ command: [name = ''] }: ProcessInfo): boolean {
  return /^-?(.*\/)?(sh|ash|bash|dash|ksh|mksh|yash|zsh|busybox)$/.test(name)
}

/** Of Linux. Elsewhere nothing is known, and shells end with npm: theirs is replaced by the command that it runs. */
function inspectProcess (id: number): ProcessInfo | null {
  try {
    const command = readFileSync(`/proc/${id}/cmdline`, 'utf8').split('\0')
    // The name, in parentheses, may hold anything.
    const [, parent] = /^.*\) \S (\d+)/s.exec(readFileSync(`/proc/${id}/stat`, 'utf8')) ?? []
    return parent === undefined ? null : { parent: Number(parent), command }
  } catch {
    return null
  }
}
