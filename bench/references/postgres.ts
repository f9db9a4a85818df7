import { chmod } from 'node:fs/promises'
import { dirname } from 'node:path'
import { startEmbedded } from '../../test/store/postgres/embedded.js'

export interface Postgres {
  /** An empty one; answers its URL. */
  createDatabase (): Promise<string>
  stop (): Promise<void>
}

/** Starts a PostgreSQL of our own, on loopback, as durable as it is by default, with its data in the folder. */
export async function startPostgres (folder: string): Promise<Postgres> {
  // As root, it runs as another user, who has to get through to its data.
  for (const path of [folder, dirname(folder)]) await chmod(path, 0o755)
  const { createDatabase, stop } = await startEmbedded([], folder)
  let databases = 0
  return {
    createDatabase: () => createDatabase(`bench_${++databases}`),
    stop
  }
}
