import type { Claim, ClaimedTask } from '../../core/store.js'
import { type ClaimedRow, claimedTaskOf } from './answers.js'
import type { Rows, Run } from './connections.js'
import type { Session } from './session.js'
import { begin } from './sql/begin.js'
import { claim as claimStatement } from './sql/claim.js'
import { type Call, call } from './statement.js'

/** The claim as a call. One token for the whole batch; each task adds its place in it. */
export function claimCall ({ newLease, rules, moment }: Session, { agent, symbols, max, batchMs }: Claim): Call {
  return call(claimStatement, {
    agent, symbols, max, batch_ms: batchMs ?? Infinity, lease: newLease(), lease_ms: rules.leaseMs
  }, moment())
}

export function claimedIn (rows: Rows): ClaimedTask[] {
  return (rows as readonly ClaimedRow[]).map(claimedTaskOf)
}

/**
 * A first claim does not wait for the expression's row, so that no two verbs wait for each other; when it had to pass
 * over it, this makes up for it once the claim is kept.
 */
export async function beginPassedOver (run: Run, session: Session, rows: Rows): Promise<void> {
  const passedOver = (rows as readonly ClaimedRow[]).flatMap(({ expression, unbegun }) => unbegun ? expression : [])
  if (passedOver.length > 0) await run([call(begin, { expressions: passedOver }, session.moment())])
}
