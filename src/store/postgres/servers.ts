import type { ClientBase } from 'pg'
import type { Run } from './connections.js'
import { LOCK_SPACE } from './migrate.js'
import type { Session } from './session.js'
import { giveBack } from './sql/give-back.js'
import { gone, heldBy, register, unregister } from './sql/servers.js'
import { type Moment, call } from './statement.js'

/** The number of a server is a lock in this space, held as long as its listening connection lasts. */
const SERVER_SPACE = LOCK_SPACE + 1

/** How many leases are released in one transaction. */
const ROUND = 1_000

export async function registerServer (run: Run, moment: Moment): Promise<number> {
  const [rows] = await run([call(register, {}, moment)])
  return (rows as ReadonlyArray<{ id: number }>)[0]!.id
}

/** Shared, because an earlier connection of this server may still hold it. */
export async function lockServer (client: ClientBase, { server }: Pick<Session, 'server'>): Promise<void> {
  await client.query('SELECT pg_advisory_lock_shared($1, $2)', [SERVER_SPACE, server])
}

/**
 * Ends the leases that servers that are gone gave to their own agents: these ended with them. Several servers may do so
 * at the same time.
 *
 * @param interruptedMs for how long a server must be silent that has lost its lock
 * @param silentMs for how long one that has it
 * @returns the symbols of the tasks that became ready
 */
export async function releaseGone (session: Session, interruptedMs: number, silentMs: number): Promise<string[]> {
  const { server, run, moment } = session
  const values = { server, lock_space: SERVER_SPACE, interrupted_ms: interruptedMs, silent_ms: silentMs }
  const [rows] = await run([call(gone, values, moment())])
  return release(session, (rows as ReadonlyArray<{ id: number }>).map(({ id }) => id))
}

/** The same for this server, which ends in order. Mostly its agents have given back what they held. */
export function releaseOwn (session: Session): Promise<string[]> {
  return release(session, [session.server])
}

async function release ({ run, moment }: Session, servers: readonly number[]): Promise<string[]> {
  const ready: string[] = []
  if (servers.length === 0) return ready
  for (let found = ROUND; found === ROUND;) {
    const [rows] = await run([call(heldBy, { servers, most: ROUND }, moment())])
    const held = rows as ReadonlyArray<{ id: number, lease: string }>
    found = held.length
    if (found === 0) break
    const [given] = await run([call(giveBack, {
      tasks: held.map(({ id }) => id), leases: held.map(({ lease }) => lease), refund: 1, overdue_after: null
    }, moment())])
    ready.push(...(given as ReadonlyArray<{ ready: string[] }>)[0]!.ready)
  }
  await run([call(unregister, { servers }, moment())])
  return ready
}
