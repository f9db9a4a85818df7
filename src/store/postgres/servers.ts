import type { ClientBase } from 'pg'
import { LOCK_SPACE } from './migrate.js'
import type { StoreContext } from './context.js'
import { release } from './sql/release.js'
import { localLeases, stoppedServers, unregister } from './sql/servers.js'
import { call } from './statement.js'

/** The number of a server is a lock in this space, held as long as its listening connection lasts. */
const SERVER_SPACE = LOCK_SPACE + 1

/** Leases that are released in one transaction. */
const ROUND = 1_000

export async function lockServer (client: ClientBase, { server }: StoreContext): Promise<void> {
  await client.query('SELECT pg_advisory_lock_shared($1, $2)', [SERVER_SPACE, server])
}

/**
 * Ends the leases of the own agents of servers that have stopped: the agents stopped with them. Several servers may do
 * so at the same time.
 *
 * @param interruptedMs how long a server that has lost its lock must have been silent
 * @param silentMs how long a server that holds its lock must have been silent
 * @returns the symbols of the tasks that became ready
 */
export async function releaseStopped (
  context: StoreContext, interruptedMs: number, silentMs: number
): Promise<string[]> {
  const { server, rows } = context
  const values = { server, lock_space: SERVER_SPACE, interrupted_ms: interruptedMs, silent_ms: silentMs }
  const stopped = await rows(call(stoppedServers, values))
  return releaseOf(context, stopped.map(({ id }) => id))
}

/** The same for this server, which stops in order. Usually its agents have released their tasks already. */
export function releaseOwn (context: StoreContext): Promise<string[]> {
  return releaseOf(context, [context.server])
}

async function releaseOf ({ run, row, rows }: StoreContext, servers: readonly number[]): Promise<string[]> {
  const ready: string[] = []
  if (servers.length === 0) return ready
  for (let found = ROUND; found === ROUND;) {
    const leases = await rows(call(localLeases, { servers, most: ROUND }))
    found = leases.length
    if (found === 0) break
    const released = await row(call(release, {
      tasks: leases.map(({ id }) => id),
      leases: leases.map(({ lease }) => lease),
      outcome: 'released',
      message: null,
      attempts_limit: null
    }))
    ready.push(...released.ready)
  }
  await run([call(unregister, { servers })])
  return ready
}
