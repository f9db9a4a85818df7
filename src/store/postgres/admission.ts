import { refuseBeyondLimits } from '../../core/queue/admission.js'
import type { Load } from '../../core/store.js'
import type { StoreContext } from './context.js'
import { lockCounter, openWork, recount } from './sql/submit-large.js'
import { call } from './statement.js'

/** @throws `queue_full` for more operations than the limits allow */
export async function admit (context: StoreContext, operations: number): Promise<void> {
  // An upper bound: the open work is counted only where the bound exceeds a limit.
  const bound = await context.row(call(openWork, {}))
  try {
    refuseIfFull(context, bound, operations)
  } catch {
    refuseIfFull(context, await countOpen(context), operations)
  }
}

/** A database has no limit of bytes. @throws `queue_full` */
export function refuseIfFull (
  { rules }: StoreContext, { openExpressions, openOperations }: Load, operations: number
): void {
  refuseBeyondLimits(rules, {
    expressions: { open: openExpressions, added: 1 },
    operations: { open: openOperations, added: operations }
  })
}

/** The open work; later submits are added to this count. */
export async function countOpen ({ run }: StoreContext): Promise<Load> {
  const [, [open]] = await run([call(lockCounter, {}), call(recount, {})])
  return open!
}
