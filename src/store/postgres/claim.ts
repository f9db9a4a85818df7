import { OPERATIONS } from '../../core/operations.js'
import type { Claim, ClaimedTask } from '../../core/store.js'
import { type ClaimedRow, claimedTaskOf } from './rows.js'
import type { StoreContext } from './context.js'
import { claim as claimStatement } from './sql/claim.js'
import { call } from './statement.js'

const NAMED = [...OPERATIONS.values()].flatMap(({ symbol, isNamed }) => isNamed === true ? symbol : [])

/**
 * Claims as one call, which serves them one after the other. The batch has one token; each task adds its number.
 *
 * @param claims at least one, all with the same symbols; together they stay within the shortest `batchMs` of any
 */
export function claimCall ({ newLease, server, rules }: StoreContext, claims: readonly Claim[]) {
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
  })
}

/** The tasks of the claim at this index. */
export function claimedIn (rows: readonly ClaimedRow[], index = 0): ClaimedTask[] {
  return rows.filter(({ slot }) => slot === index + 1).map(claimedTaskOf)
}

/**
 * Expressions that this was the first claim of, while another transaction had locked their rows. A claim does not wait
 * for the lock: no two verbs may wait for each other.
 */
export function unstartedIn (rows: readonly ClaimedRow[]): number[] {
  return rows.flatMap(({ expression, unstarted }) => unstarted ? expression : [])
}
