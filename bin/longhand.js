#!/usr/bin/env node
/**
 * The command `longhand`. In a clone it first installs and builds what is missing or out of date, so it depends neither
 * on npm's lifecycle scripts nor on npm's cache of an earlier start. An installed package is built already.
 *
 * Syntax and modules that old versions of Node.js support: they have to get as far as the message that refuses them.
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
    // The npm that ran this has ended in the meantime.
    if (process.env.npm_command !== undefined && ancestors() !== launcher) return stop()
  } else if (!existsSync(new URL('dist/cli.js', root))) {
    return stop('This package was installed without its build. Install it again without --ignore-scripts, or clone it')
  }
  await import('../dist/cli.js')
}

/** The parent, and on Linux the parent's parent, because npm runs the command in a shell that outlives it. */
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
