/**
 * Installs missing packages and builds a clone that is out of date. Runs at each start of the command `longhand`, and
 * before `npm test` and `npm run bench`. Uses only Node built-ins, since packages may be missing.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, openSync, readFileSync, readdirSync, statSync, writeSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { isTaken, withLock } from './lock.js'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const lock = join(root, '.setup.lock')

// The variables that choose the source of packages are passed on; other npm_* variables belong to the calling npm.
const PASSED_ON = /^npm_config_(registry|cache|userconfig|globalconfig|cafile|strict_ssl|offline|proxy|https?_proxy|noproxy)$/i

const messages = openMessages()

/**
 * Returns whether the clone is ready; otherwise the reason has been printed. Prints nothing if nothing is missing.
 *
 * @param {{ forTests?: boolean }} [options] also prepares tests and benchmarks (the workspaces)
 */
export function makeReady ({ forTests = false } = {}) {
  // While another process builds, a part of the output may look up to date.
  if (!isTaken(lock) && !lacksPackages(forTests) && !outOfDate()) return true
  try {
    return withLock(lock, () => install(forTests) && build(), owner => {
      say(`waiting for process ${owner} to install and build …`)
    })
  } catch (error) {
    if (!['EACCES', 'EPERM', 'EROFS'].includes(error.code)) throw error
    say(`cannot install or build: no permission to write to ${root}. Run "npx ." there as the owner of the folder`)
    return false
  }
}

function install (forTests) {
  if (!lacksPackages(forTests)) return true
  if (forTests) say('tests and benchmarks need 700 packages (500 MB), with a test runner, PostgreSQL and a browser')
  // Keeps the packages of tests where they are installed; an install for running alone would remove them.
  const everything = forTests || existsSync(join(root, 'node_modules/longhand-test'))
  return run(`installing packages, about ${everything ? 30 : 10} s`, [
    // Not `npm ci`, which would delete the packages of a running server first.
    'install', '--no-save', '--include=dev', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error',
    ...(everything ? [] : ['--workspaces=false'])
  ])
}

function build () {
  if (!outOfDate()) return true
  // The compiler is not installed (`npm ci --omit=dev`); a start installs it when necessary.
  if (npmInstalls() && !existsSync(join(root, 'node_modules/typescript'))) return true
  return run('building', ['run', '--silent', 'build'])
}

/** While npm itself installs, npm decides which packages to install. */
function npmInstalls () {
  return ['ci', 'install'].includes(process.env.npm_command ?? '')
}

/**
 * Whether an installed package differs from the lockfile, or a direct dependency is missing. npm writes its list of
 * installed packages last, so an interrupted install is recognised.
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

/** A failed build emits nothing (`--noEmitOnError`), so the age of one output file stands for all. */
function outOfDate () {
  if (!existsSync(join(root, 'dist/page/files.json'))) return true
  const output = statSync(join(root, 'dist/cli.js'), { throwIfNoEntry: false })
  const sources = ['src', 'tsconfig.json', 'package-lock.json'].map(path => join(root, path))
  return output === undefined || sources.some(path => newer(path, output.mtimeMs))
}

/** Includes folders, whose time changes when a file is deleted or renamed. */
function newer (path, thanMs) {
  const stat = statSync(path)
  if (stat.mtimeMs > thanMs) return true
  return stat.isDirectory() && readdirSync(path).some(name => newer(join(path, name), thanMs))
}

/** Runs npm as from a new shell: the variables of the calling npm would misdirect it. */
function run (what, args) {
  say(`${what} …`)
  const env = Object.fromEntries(Object.entries(process.env)
    .filter(([name]) => !/^npm_/i.test(name) || PASSED_ON.test(name)))
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

/** npm hides the output of install scripts, so messages go to the terminal directly. */
function openMessages () {
  const stderr = 2
  if (!npmInstalls()) return stderr
  try {
    return openSync('/dev/tty', 'w')
  } catch {
    // There is no terminal.
    return stderr
  }
}

function say (message) {
  try {
    writeSync(messages, `longhand: ${message}\n`)
  } catch {
    // The reader of stderr is gone.
  }
}
