/**
 * Makes a clone ready: installs missing packages and builds if the build is out of date. The command `longhand` does so
 * at each start, `npm test` and `npm run bench` before their own work.
 *
 * Node built-ins only, because it runs before packages are installed.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, openSync, readFileSync, readdirSync, statSync, writeSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { alone, isTaken } from './lock.js'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const lock = join(root, '.setup.lock')

// The settings of the registry are the user's choice; every other npm_* variable belongs to the calling npm.
const USER_SETTINGS = /^npm_config_(registry|cache|userconfig|globalconfig|cafile|strict_ssl|offline|proxy|https?_proxy|noproxy)$/i

const messages = openMessages()

/**
 * Returns whether it is ready; if not, the reason has been printed. Prints nothing if nothing is missing.
 *
 * @param {{ forTests?: boolean }} [options] whether tests and benchmarks (the workspaces) need to run, too
 */
export function makeReady ({ forTests = false } = {}) {
  // While another process builds, an output that looks up to date may be incomplete.
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
  // An install without the workspaces would remove the packages of a clone that is used for testing.
  const everything = forTests || existsSync(join(root, 'node_modules/longhand-test'))
  return run(`installing packages, about ${everything ? 30 : 10} s`, [
    // Not `npm ci`, which would first delete the packages of a running server.
    'install', '--no-save', '--include=dev', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error',
    ...(everything ? [] : ['--workspaces=false'])
  ])
}

function build () {
  if (!outOfDate()) return true
  // Installed without the compiler (`npm ci --omit=dev`): the next start installs it if needed.
  if (npmInstalls() && !existsSync(join(root, 'node_modules/typescript'))) return true
  return run('building', ['run', '--silent', 'build'])
}

/** While npm itself installs, it decides which packages. */
function npmInstalls () {
  return ['ci', 'install'].includes(process.env.npm_command ?? '')
}

/**
 * Whether an installed package differs from the lockfile, or a direct dependency is missing. npm writes its own list
 * last, so an interrupted install counts as missing.
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

/** A failed build emits nothing (`--noEmitOnError`), so the age of one output stands for all. */
function outOfDate () {
  const output = statSync(join(root, 'dist/cli.js'), { throwIfNoEntry: false })
  const sources = ['src', 'tsconfig.json', 'package-lock.json'].map(path => join(root, path))
  return output === undefined || sources.some(path => newer(path, output.mtimeMs))
}

/** Folders count, too: deleting or renaming a file changes its folder. */
function newer (path, thanMs) {
  const stat = statSync(path)
  if (stat.mtimeMs > thanMs) return true
  return stat.isDirectory() && readdirSync(path).some(name => newer(join(path, name), thanMs))
}

/** Runs npm as from a fresh shell: with the variables of the calling npm it would work on the wrong package. */
function run (what, args) {
  say(`${what} …`)
  const env = Object.fromEntries(Object.entries(process.env)
    .filter(([name]) => !/^npm_/i.test(name) || USER_SETTINGS.test(name)))
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

/** npm hides the output of install scripts, so a terminal is written to directly. */
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
    // A closed stderr does not stop the build.
  }
}
