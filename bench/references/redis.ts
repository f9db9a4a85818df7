import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import { freePort } from '../../test/free-port.js'
import { launch } from '../processes.js'

/** When Redis syncs its file: before each answer, or once a second. */
export type Appendfsync = 'always' | 'everysec'

export interface Redis {
  readonly port: number
  stop (): Promise<void>
}

/** The path of redis-server; null when it is not on the PATH. */
export function findRedis (): string | null {
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    const path = join(folder, 'redis-server')
    if (isExecutable(path)) return path
  }
  return null
}

/** Starts a Redis on loopback, with its append-only file in the folder. */
export async function startRedis (program: string, folder: string, appendfsync: Appendfsync): Promise<Redis> {
  const port = await freePort()
  const redis = launch(program, [
    '--bind', '127.0.0.1', '--port', String(port), '--dir', folder, '--daemonize', 'no',
    '--save', '', '--appendonly', 'yes', '--appendfsync', appendfsync
  ])
  await redis.printed(/Ready to accept connections/)
  return { port, stop: () => redis.stop('SIGKILL') }
}

function isExecutable (path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    // Missing or not executable.
    return false
  }
}
