import { domainError } from '../../core/errors.js'
import type { Load, Submission } from '../../core/store.js'
import { refuseBeyondLimits } from '../../core/queue/admission.js'
import { columnsOf, locatedOperations } from './columns.js'
import { scopeOf } from './database-errors.js'
import type { StoreContext } from './context.js'
import { createBatcher } from './batching.js'
import { insertLarge, insertTasks, openWork, reserveIds, scheduleLarge } from './sql/submit-large.js'
import { lockCounter, recount } from './sql/recount.js'
import { type RowOf, call } from './statement.js'
import { type InitialState, type Submitted, initialStateOf, submittedOf, symbolsOf } from './submitted.js'
import { findId } from './views.js'

/** Expressions with more operations are stored by themselves. */
export const LARGE = 2_000

/** Operations in one message: rendering them blocks the event loop for about 5 ms. */
const PIECE = 2_000

/**
 * Returns the function that stores large expressions: one at a time, beside the other submits. The counter of ids,
 * which all submits lock, is locked only while the ids are taken; then one transaction on a connection of its own
 * stores the expression piece by piece. Nothing of it is visible before the commit. A failure leaves only a gap in the
 * ids.
 */
export function createLargeSubmit (context: StoreContext): (submission: Submission) => Promise<Submitted> {
  const take = createBatcher<Submission, Submitted | Error>({
    sizeOf: () => 1,
    runBatch: async ([submission]) => [await store(context, submission!)],
    runOne: submission => store(context, submission),
    scopeOf
  })
  return async submission => {
    const submitted = await take(submission)
    if (submitted instanceof Error) throw submitted
    return submitted
  }
}

/** @throws `queue_full` for more operations than the limits allow */
export async function admit (context: StoreContext, operations: number): Promise<void> {
  // An upper bound: the open work is counted only where the bound exceeds a limit.
  const bound = loadOf(await context.row(call(openWork, {})))
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
  return loadOf(open!)
}

function loadOf (
  { open_expressions: openExpressions, open_operations: openOperations }: RowOf<typeof openWork>
): Load {
  return { openExpressions, openOperations }
}

async function store (context: StoreContext, submission: Submission): Promise<Submitted | Error> {
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
    const stored = await row(insertCall(submission, initial, ids))
    const { created_at: createdAt } = stored
    // Another submit took the key meanwhile.
    if (createdAt === null) return submittedOf(submission, initial, { ...stored, first_task: null })
    const { status, failed } = initial
    const common = { ...ids, status, failed, result_of: resultOf(plan), created_at: createdAt }
    for (let start = 0; start < size; start += PIECE) {
      const piece = locatedOperations(plan, start, start + PIECE)
      const indexes = piece.map((_, offset) => start + offset)
      await run([call(insertTasks, { ...common, indexes, ...columnsOf(piece) })])
    }
    if (status === 'pending') await run([call(scheduleLarge, { id: ids.id, symbols: symbolsOf(plan) })])
    return submittedOf(submission, initial, { ...stored, ...ids })
  })
}

function insertCall (
  { kind, source, plan, idempotency }: Submission, { status, error, failed }: InitialState,
  ids: RowOf<typeof reserveIds>
) {
  return call(insertLarge, {
    ...ids,
    kind,
    source,
    key: idempotency?.key ?? null,
    fingerprint: idempotency?.fingerprint ?? null,
    status,
    error_code: error?.code ?? null,
    error_message: error?.message ?? null,
    failed,
    work_ms: plan.effort.workMs,
    span_ms: plan.effort.spanMs,
    work_before_ms: plan.before.workMs,
    span_before_ms: plan.before.spanMs,
    result_of: resultOf(plan),
    size: plan.operations.length,
    symbols: symbolsOf(plan)
  })
}

function resultOf ({ result }: Submission['plan']): number | null {
  return typeof result === 'number' ? null : result.of
}
