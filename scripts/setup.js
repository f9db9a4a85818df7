/**
 * Makes a clone ready: installs the packages that are missing and builds what is out of date.
 * `npx .` runs it as `prepare`, `npm start` and `npm test` before their own work.
 *
 *   node scripts/setup.js        what is needed to run
 *   node scripts/setup.js test   also what is needed to test, benchmarks included (the workspaces `test`, `bench`)
 *   node scripts/setup.js bench  the same
 *
 * Node built-ins only, since it runs before there are packages. It speaks on stderr, or on the
 * terminal where npm would swallow that.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, openSync, readFileSync, readdirSync, statSync, writeSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))

// Where packages come from is the user's choice and must survive; every other npm_* variable
// belongs to the npm that called us.
const KEPT = /^npm_config_(registry|cache|userconfig|globalconfig|cafile|strict_ssl|offline|proxy|https?_proxy|noproxy)$/i

const messages = openMessages()

checkNode()
// While npm installs by itself it is the one who decides what goes in (`npm ci --omit=dev`).
if (!['ci', 'install'].includes(process.env.npm_command ?? '')) {
  installMissing(['test', 'bench'].includes(process.argv[2]))
}
if (outOfDate()) run('building', ['run', '--silent', 'build'])

function checkNode () {
  const wanted = readJson('package.json').engines.node.match(/\d+/g).map(Number)
  const found = process.versions.node.split('.').map(Number)
  if (found[0] > wanted[0] || (found[0] === wanted[0] && found[1] >= wanted[1])) return
  stop(`Longhand needs Node.js ${wanted.join('.')} or newer; this is ${process.versions.node} (${process.execPath})`, 1)
}

function installMissing (forTests) {
  if (installed(forTests)) return
  // A clone that tests keeps what its tests need: an install for running alone would remove it.
  const everything = forTests || existsSync(join(root, 'node_modules/longhand-test'))
  run(`installing packages, about ${everything ? 30 : 10} s`, [
    // Not `npm ci`, which would first delete the packages under a server that is running.
    'install', '--no-save', '--include=dev', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error',
    ...(everything ? [] : ['--workspaces=false'])
  ])
}

/**
 * Whether everything that is installed is what the lockfile says, and everything that we name
 * ourselves is there. npm writes its own list last, so a broken install does not pass for a whole one.
 */
function installed (forTests) {
  if (!existsSync(join(root, 'node_modules/.package-lock.json'))) return false
  const locked = readJson('package-lock.json').packages
  const present = readJson('node_modules/.package-lock.json').packages
  if (Object.keys(present).some(path => locked[path]?.version !== present[path].version)) return false
  return ['package.json', ...(forTests ? ['test/package.json', 'bench/package.json'] : [])].every(file => {
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
  if (status !== 0) stop(`${what} failed${error ? `: ${error.message}` : ''}`, status || 1)
}

function readJson (path) {
  return JSON.parse(readFileSync(join(root, path), 'utf8'))
}

/** `npx` shows nothing of what `prepare` says, not even why it failed: a person would wait in the dark. */
function openMessages () {
  const stderr = 2
  if (process.env.npm_command !== 'exec') return stderr
  try {
    return openSync('/dev/tty', 'w')
  } catch {
    // There is no terminal, so nobody is waiting at it.
    return stderr
  }
}

function say (message) {
  writeSync(messages, `longhand: ${message}\n`)
}

function stop (message, code) {
  say(message)
  process.exit(code)
}
