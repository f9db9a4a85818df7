import type { ClientBase } from 'pg'
import type { StoreContext } from './context.js'
import { LOCK_SPACE } from './migrate.js'
import { lockServer, releaseStopped } from './servers.js'
import { alive, regrant, resume, silent } from './sql/liveness.js'
import { revise } from './sql/revisions.js'
import { call } from './statement.js'

/** After this much silence, in ms, no server is running. */
export const SILENT_MS = 10_000

/** The same for a server that only lost its connections, unless no server could give a sign of life since, in ms. */
export const INTERRUPTED_MS = 3_000

/** The lock that every running server shares. */
const RUNNING = 2

/**
 * Finds out, with each listening connection, whether there was a downtime. It counts for no calculation, and all leases
 * are granted again, except those of agents that stopped with their servers.
 */
export function createDowntimeCheck (context: StoreContext) {
  let isFirst = true
  let regranted = 0

  /** Locks of servers whose network broke remain for a while; their signs of life do not. */
  async function isSilent (longerThanMs: number): Promise<boolean> {
    return (await context.row(call(silent, { longer_than_ms: longerThanMs }))).silent
  }

  return {
    /** Leases that were granted again after the latest downtime. */
    get regranted () {
      return regranted
    },

    /** Takes the lock for the time of the connection. A server that gets it alone is the only one. */
    async check (client: ClientBase): Promise<void> {
      const key = [LOCK_SPACE, RUNNING]
      const locked = await client.query<{ alone: boolean }>('SELECT pg_try_advisory_lock($1, $2) AS alone', key)
      const { alone } = locked.rows[0]!
      const isDowntime = alone && (isFirst || await isSilent(INTERRUPTED_MS))
      await lockServer(client, context)
      // A server that returns may be the first of several that lost the database; their agents are still running.
      if (isDowntime && isFirst) await releaseStopped(context, 0, 0)
      if (isDowntime || await isSilent(SILENT_MS)) {
        const [, [granted]] = await context.run([
          call(resume, {}), call(regrant, {}), call(revise, {}), call(alive, { server: context.server })
        ])
        regranted = granted!.leases
      }
      await client.query('SELECT pg_advisory_lock_shared($1, $2)', key)
      if (alone) await client.query('SELECT pg_advisory_unlock($1, $2)', key)
      isFirst = false
    }
  }
}
