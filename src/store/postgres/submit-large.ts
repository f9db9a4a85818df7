import { domainError } from '../../core/errors.js'
import type { Submission } from '../../core/store.js'
import { admit } from './admission.js'
import { expressionsAsArrays, indexIn, locatedOperations, operationsAsArrays } from './submit-arrays.js'
import type { StoreContext } from './context.js'
import { insertLarge, insertTasks, reserveIds, scheduleLarge } from './sql/submit-large.js'
import { call } from './statement.js'
import { type SubmitResult, initialStateOf, submitResultOf } from './submit-result.js'
import { findId } from './views.js'

/** Expressions with more operations are stored by themselves. */
export const LARGE = 2_000

/** Operations in one message: rendering them blocks the event loop for about 5 ms. */
const PIECE = 2_000

/**
 * Stores a large expression. The counter of ids, which all submits lock, is locked only while the ids are taken; then
 * one transaction on a connection of its own stores the expression piece by piece. Nothing of it is visible before the
 * commit. A failure leaves only a gap in the ids.
 */
export async function storeLarge (context: StoreContext, submission: Submission): Promise<SubmitResult | Error> {
  const { rules } = context
  const { plan, idempotency } = submission
  const size = plan.operations.length
  const earlier = idempotency === undefined ? null : await findId(context, idempotency)
  if (earlier !== null) return { id: earlier, created: null }
  await admit(context, size)
  const limits = { most_expressions: rules.openExpressions, most_operations: rules.openOperations }
  const [ids] = await context.rows(call(reserveIds, { size, ...limits }))
  if (ids === undefined) return domainError('queue_full', { what: 'others were quicker' })

  const initial = initialStateOf(plan)
  return context.transaction(async ({ run, row }) => {
    const stored = await row(call(insertLarge, { ...ids, ...expressionsAsArrays([submission], [initial]) }))
    const { created_at: createdAt } = stored
    // Another submit took the key meanwhile.
    if (createdAt === null) return submitResultOf(submission, initial, stored)
    const { status, failed } = initial
    const common = { ...ids, status, failed, result_of: indexIn(plan.result), created_at: createdAt }
    for (let start = 0; start < size; start += PIECE) {
      const piece = locatedOperations(plan, start, start + PIECE)
      await run([call(insertTasks, { ...common, ...operationsAsArrays(piece) })])
    }
    if (status === 'pending') await run([call(scheduleLarge, { id: ids.id })])
    return submitResultOf(submission, initial, stored)
  })
}
