#!/usr/bin/env node
/**
 * The command `longhand`. In a clone it first installs and builds what is missing or out of date, independent of npm's
 * lifecycle scripts and caches. An installed package is already built.
 *
 * Uses only syntax and modules of old Node.js versions, so that these print the message that refuses them.
 */
import { existsSync, readFileSync } from 'fs'
import { nodeTooOld } from './node-version.js'

const root = new URL('../', import.meta.url)
const isClone = ['src', 'tsconfig.json', 'scripts/clone.js'].every(path => existsSync(new URL(path, root)))
const launcher = ancestors()

start().catch(error => {
  console.error(error)
  process.exit(1)
})

async function start () {
  const { engines } = JSON.parse(readFileSync(new URL('package.json', root), 'utf8'))
  const refusal = nodeTooOld(engines.node)
  if (refusal !== null) return stop(refusal)
  if (isClone) {
    const { makeReady } = await import('../scripts/clone.js')
    if (!makeReady()) return stop()
    // The npm that started this process has ended.
    if (process.env.npm_command !== undefined && ancestors() !== launcher) return stop()
  } else if (!existsSync(new URL('dist/cli.js', root))) {
    return stop('This package was installed without its build. Reinstall it without --ignore-scripts')
  }
  await import('../dist/cli.js')
}

/** The parent and its parent (on Linux only): npm runs the command in a shell, which outlives npm. */
function ancestors () {
  try {
    const [, second] = /^.*\) \S (\d+)/s.exec(readFileSync(`/proc/${process.ppid}/stat`, 'utf8'))
    return `${process.ppid} ${second}`
  } catch (error) {
    return String(process.ppid)
  }
}

function stop (message) {
  if (message !== undefined) console.error(`longhand: ${message}`)
  process.exitCode = 1
}
