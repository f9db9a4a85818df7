/**
 * Makes a clone ready: installs the packages that are missing and builds what is out of date. The command `longhand`
 * does so at each start, `npm test` and `npm run bench` before their own work.
 *
 * Node built-ins only, since it runs before there are packages.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, openSync, readFileSync, readdirSync, statSync, writeSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { alone, isTaken } from './lock.js'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const lock = join(root, '.setup.lock')

// Where packages come from is the user's choice and must survive; every other npm_* variable
// belongs to the npm that called us.
const KEPT = /^npm_config_(registry|cache|userconfig|globalconfig|cafile|strict_ssl|offline|proxy|https?_proxy|noproxy)$/i

const messages = openMessages()

/**
 * Answers whether it is ready; why it is not has been said then. Nothing is written when nothing is missing.
 *
 * @param {{ forTests?: boolean }} [options] whether tests and benchmarks (the workspaces) are to run as well
 */
export function makeReady ({ forTests = false } = {}) {
  // While another process builds, what looks up to date may be half of it.
  if (!isTaken(lock) && !lacksPackages(forTests) && !outOfDate()) return true
  try {
    return alone(lock, () => install(forTests) && build(), owner => {
      say(`waiting for another start (process ${owner}) to install and build …`)
    })
  } catch (error) {
    if (!['EACCES', 'EPERM', 'EROFS'].includes(error.code)) throw error
    say(`cannot install or build, because this user may not write in ${root}. Run "npx ." there as the folder's owner`)
    return false
  }
}

function install (forTests) {
  if (!lacksPackages(forTests)) return true
  if (forTests) say('tests and benchmarks need 500 packages, 360 MB on disk: a test runner, a linter, PostgreSQL')
  // A clone that tests keeps what its tests need: an install for running alone would remove it.
  const everything = forTests || existsSync(join(root, 'node_modules/longhand-test'))
  return run(`installing packages, about ${everything ? 30 : 10} s`, [
    // Not `npm ci`, which would first delete the packages under a server that is running.
    'install', '--no-save', '--include=dev', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error',
    ...(everything ? [] : ['--workspaces=false'])
  ])
}

function build () {
  if (!outOfDate()) return true
  // Installed without its compiler (`npm ci --omit=dev`): the start installs that when it is needed.
  if (npmInstalls() && !existsSync(join(root, 'node_modules/typescript'))) return true
  return run('building', ['run', '--silent', 'build'])
}

/** While npm installs by itself it is the one that decides what goes in. */
function npmInstalls () {
  return ['ci', 'install'].includes(process.env.npm_command ?? '')
}

/**
 * Whether something that is installed is not what the lockfile says, or something that we name ourselves is missing.
 * npm writes its own list last, so a broken install does not pass for a whole one.
 */
function lacksPackages (forTests) {
  if (npmInstalls()) return false
  if (!existsSync(join(root, 'node_modules/.package-lock.json'))) return true
  const locked = readJson('package-lock.json').packages
  const present = readJson('node_modules/.package-lock.json').packages
  if (Object.keys(present).some(path => locked[path]?.version !== present[path].version)) return true
  return !['package.json', ...(forTests ? ['test/package.json', 'bench/package.json'] : [])].every(file => {
    const { dependencies, devDependencies } = readJson(file)
    return Object.keys({ ...dependencies, ...devDependencies }).every(name => `node_modules/${name}` in present)
  })
}

/** A failed build emits nothing (`--noEmitOnError`), so the age of one output tells about all. */
function outOfDate () {
  const output = statSync(join(root, 'dist/cli.js'), { throwIfNoEntry: false })
  const sources = ['src', 'tsconfig.json', 'package-lock.json'].map(path => join(root, path))
  return output === undefined || sources.some(path => newer(path, output.mtimeMs))
}

/** Folders count too: a file that was deleted or renamed leaves its trace there. */
function newer (path, thanMs) {
  const stat = statSync(path)
  if (stat.mtimeMs > thanMs) return true
  return stat.isDirectory() && readdirSync(path).some(name => newer(join(path, name), thanMs))
}

/** Runs npm as from a fresh shell: with the variables of the npm that called us it loses its way. */
function run (what, args) {
  say(`${what} …`)
  const env = Object.fromEntries(Object.entries(process.env)
    .filter(([name]) => !/^npm_/i.test(name) || KEPT.test(name)))
  const npm = process.env.npm_execpath ?? ''
  const options = { cwd: root, env, stdio: ['ignore', messages, messages] }
  const { status, error } = npm.endsWith('npm-cli.js')
    ? spawnSync(process.execPath, [npm, ...args], options)
    : spawnSync('npm', args, { ...options, shell: process.platform === 'win32' })
  if (status !== 0) say(`${what} failed${error ? `: ${error.message}` : ''}`)
  return status === 0
}

function readJson (path) {
  return JSON.parse(readFileSync(join(root, path), 'utf8'))
}

/** npm shows nothing of what a script of an installation says: a person would wait in the dark. */
function openMessages () {
  const stderr = 2
  if (!npmInstalls()) return stderr
  try {
    return openSync('/dev/tty', 'w')
  } catch {
    // There is no terminal, so nobody is waiting at it.
    return stderr
  }
}

function say (message) {
  try {
    writeSync(messages, `longhand: ${message}\n`)
  } catch {
    // The reader of stderr has gone, which is no reason not to go on.
  }
}
