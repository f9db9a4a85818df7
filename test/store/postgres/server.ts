import tap from 'tap'
import { query, startEmbedded } from './embedded.js'

/** A PostgreSQL server for the tests. */
export interface Server {
  readonly port: number
  /** Path of its Unix socket. */
  readonly socket: string
  /** Creates an empty database, or a copy of another; returns its URL. */
  createDatabase (template?: string): Promise<string>
  /** Runs a statement as the superuser. */
  asSuperuser (database: string, text: string): Promise<unknown>
  /** Runs one statement as the owner of the database. */
  query (url: string, text: string, values?: readonly unknown[]): Promise<Array<Record<string, unknown>>>
  /** Fulfilled when there is no connection to this database. */
  left (url: string): Promise<void>
  /** Stops the server in order; `start` starts it again, after that or a crash. */
  stop (): Promise<void>
  start (): Promise<void>
  /** Stops it as a power loss does, except that the operating system keeps its buffers. */
  crash (): Promise<void>
}

/** Starts a server with its data in a temporary folder; it stops with the test file. */
export async function startServer (flags: readonly string[] = []): Promise<Server> {
  const embedded = await startEmbedded(flags)
  const { port, socket, urlOf, stop, start, crash } = embedded
  let databases = 0
  tap.teardown(async () => {
    await embedded.stop()
    embedded.remove()
  })

  return {
    port,
    socket,
    createDatabase: template => embedded.createDatabase(`test_${++databases}`, template),
    query,
    asSuperuser: (database, text) => query(urlOf(database), text),
    async left (url) {
      const database = new URL(url).pathname.slice(1)
      for (;;) {
        const there = await query(urlOf('postgres'), 'SELECT FROM pg_stat_activity WHERE datname = $1', [database])
        if (there.length === 0) return
      }
    },
    stop,
    start,
    crash
  }
}
