import tap from 'tap'
import { query, startEmbedded } from './embedded.js'

/** A PostgreSQL server that the tests have started. */
export interface Server {
  readonly port: number
  /** Path of its Unix socket. */
  readonly socket: string
  /** Makes an empty database, or a copy of another; answers its URL. */
  createDatabase (template?: string): Promise<string>
  /** What only the server's own role may do. */
  asSuperuser (database: string, text: string): Promise<unknown>
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

/** Starts a server of its own, with its data in a folder for temporary files; ended with the test file. */
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
