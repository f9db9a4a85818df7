#!/usr/bin/env node
/**
 * The command `longhand`. In a clone it first installs and builds what is missing or out of date, so it relies neither
 * on npm's lifecycle scripts nor on what npm remembers of an earlier start. An installed package is built already.
 *
 * Syntax and modules that old versions of Node.js understand: they get as far as the sentence that refuses them.
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
    // The npm that asked for this was ended meanwhile.
    if (process.env.npm_command !== undefined && ancestors() !== launcher) return stop()
  } else if (!existsSync(new URL('dist/cli.js', root))) {
    return stop('This package was installed without its build. Install it again without --ignore-scripts, or clone it')
  }
  await import('../dist/cli.js')
}

/** The parent, and its own: npm runs the command in a shell, which outlives it. Only Linux tells the second. */
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
