import { chmod } from 'node:fs/promises'
import { dirname } from 'node:path'
import { startEmbedded } from '../../test/store/postgres/embedded.js'

export interface Postgres {
  /** Creates an empty database; answers its URL. */
  createDatabase (): Promise<string>
  stop (): Promise<void>
}

/** Starts a PostgreSQL on loopback, with its default durability and its data in the folder. */
export async function startPostgres (folder: string): Promise<Postgres> {
  // Started by root, it runs as another user, which needs access to its data.
  for (const path of [folder, dirname(folder)]) await chmod(path, 0o755)
  const { createDatabase, stop } = await startEmbedded([], folder)
  let databases = 0
  return {
    createDatabase: () => createDatabase(`bench_${++databases}`),
    stop
  }
}
