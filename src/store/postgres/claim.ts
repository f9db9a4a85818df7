import { OPERATIONS } from '../../core/operations.js'
import type { Claim, ClaimedTask } from '../../core/store.js'
import { type ClaimedRow, claimedTaskOf } from './rows.js'
import type { Rows } from './connections.js'
import type { Session } from './session.js'
import { claim as claimStatement } from './sql/claim.js'
import { type Call, call } from './statement.js'

const NAMED = [...OPERATIONS.values()].flatMap(({ symbol, isNamed }) => isNamed === true ? symbol : [])

/**
 * Claims as one call, which fills them one after the other. One token for the whole batch; each task adds its place.
 *
 * @param claims at least one; all want the same symbols, and all together stay within the shortest time of any
 */
export function claimCall ({ newLease, server, rules, moment }: Session, claims: readonly Claim[]): Call {
  const [first] = claims
  let max = 0
  const starts = claims.map(claim => {
    const start = max + 1
    max += claim.max
    return start
  })
  return call(claimStatement, {
    agents: claims.map(({ agent }) => agent),
    servers: claims.map(({ local = false }) => local ? server : null),
    starts,
    symbols: first!.symbols,
    max,
    batch_ms: Math.min(...claims.map(({ batchMs = Infinity }) => batchMs)),
    lease: newLease(),
    lease_ms: rules.leaseMs,
    named: NAMED
  }, moment())
}

/** Whether there would have been more, had claims not had to share the time of a batch. */
export function isLimited (rows: Rows): boolean {
  return (rows as readonly ClaimedRow[])[0]?.limited === true
}

/** What the claim at this index was given. */
export function claimedIn (rows: Rows, index = 0): ClaimedTask[] {
  return (rows as readonly ClaimedRow[]).filter(({ slot }) => slot === index + 1).map(claimedTaskOf)
}

/**
 * A first claim does not wait for the expression's row, so that no two verbs wait for each other; these had to be
 * passed over.
 */
export function passedOver (rows: Rows): number[] {
  return (rows as readonly ClaimedRow[]).flatMap(({ expression, unbegun }) => unbegun ? expression : [])
}
