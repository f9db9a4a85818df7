import { domainError } from '../../core/errors.js'
import type { Load, Submission } from '../../core/store.js'
import { refuseBeyondLimits } from '../../core/queue/admission.js'
import { columnsOf, placedOperations } from './columns.js'
import type { Rows } from './connections.js'
import { reachOf } from './database-errors.js'
import type { Session } from './session.js'
import { createSharing } from './batching.js'
import { enlistLarge, keepLarge, keepTasks, reserve, room } from './sql/submit-large.js'
import { lockCounter, recount } from './sql/recount.js'
import { type Call, call } from './statement.js'
import { type Beginning, type Submitted, type SubmittedRow, beginningOf, submittedOf, symbolsOf } from './submitted.js'
import { findId } from './views.js'

/** Expressions with more operations are kept by themselves. */
export const LARGE = 2_000

/** Operations in one message: rendering them holds the server up for about 5 ms. */
const PIECE = 2_000

/**
 * Answers how large expressions are kept from now on: one at a time, beside the other submits. The counter of ids,
 * which all submits wait for, is locked only while the ids are taken; then one transaction on a connection of its own
 * keeps the expression piece by piece. Nothing of it is visible before it is committed, and one that fails leaves only
 * a gap in the ids.
 */
export function createLargeSubmit (session: Session): (submission: Submission) => Promise<Submitted> {
  const share = createSharing<Submission, Submitted | Error>({
    fit: () => 1,
    together: async ([submission]) => [await keep(session, submission!)],
    alone: submission => keep(session, submission),
    reach: reachOf
  })
  return async submission => {
    const submitted = await share(submission)
    if (submitted instanceof Error) throw submitted
    return submitted
  }
}

/** @throws `queue_full` when there is no room for an expression of so many operations */
export async function admit (session: Session, operations: number): Promise<void> {
  const [rows] = await session.run([call(room, {}, session.moment())])
  // At most so much is open. Only where that would be too much is it worth counting.
  try {
    refuseIfFull(session, loadIn(rows), operations)
  } catch {
    refuseIfFull(session, await countOpen(session), operations)
  }
}

/** A database has no limit of bytes. @throws `queue_full` */
export function refuseIfFull ({ rules }: Session, { openExpressions, openOperations }: Load, operations: number): void {
  refuseBeyondLimits(rules, {
    expressions: { open: openExpressions, added: 1 },
    operations: { open: openOperations, added: operations }
  })
}

/** What is open now; what is submitted from now on is added to it. */
export async function countOpen (session: Session): Promise<Load> {
  const moment = session.moment()
  const [, rows] = await session.run([call(lockCounter, {}, moment), call(recount, {}, moment)])
  return loadIn(rows)
}

function loadIn (rows: Rows | undefined): Load {
  const [row] = rows as ReadonlyArray<{ open_expressions: number, open_operations: number }>
  return { openExpressions: row!.open_expressions, openOperations: row!.open_operations }
}

interface Ids {
  readonly id: number
  readonly first_task: number
}

async function keep (session: Session, submission: Submission): Promise<Submitted | Error> {
  const { plan, idempotency } = submission
  const operations = plan.operations.length
  const earlier = idempotency === undefined ? null : await findId(session, idempotency)
  if (earlier !== null) return { id: earlier, created: null }
  await admit(session, operations)
  const ids = await reserveIds(session, operations)
  if (ids === undefined) return domainError('queue_full', { what: 'others were quicker' })

  const beginning = beginningOf(plan)
  return session.transaction(async run => {
    const [rows] = await run([keepCall(session, submission, beginning, ids)])
    const [row] = rows as readonly SubmittedRow[]
    const { created_at: createdAt } = row!
    // Its key was used meanwhile.
    if (createdAt === null) return submittedOf(submission, beginning, row!)
    const { status, failed } = beginning
    const { id } = ids
    const common = { ...ids, status, failed, result_of: typeof plan.result === 'number' ? null : plan.result.of }
    for (let start = 0; start < operations; start += PIECE) {
      const piece = placedOperations(plan, start, start + PIECE)
      const indexes = piece.map((_, offset) => start + offset)
      await run([call(keepTasks, { ...common, created_at: createdAt, indexes, ...columnsOf(piece) }, session.moment())])
    }
    if (status === 'pending') await run([call(enlistLarge, { id, symbols: symbolsOf(plan) }, session.moment())])
    return submittedOf(submission, beginning, row!)
  })
}

async function reserveIds ({ run, rules, moment }: Session, size: number): Promise<Ids | undefined> {
  const limits = { most_expressions: rules.openExpressions, most_operations: rules.openOperations }
  const [rows] = await run([call(reserve, { size, ...limits }, moment())])
  return (rows as readonly Ids[])[0]
}

function keepCall (
  { moment }: Session, { kind, source, plan, idempotency }: Submission, { status, error, failed }: Beginning, ids: Ids
): Call {
  return call(keepLarge, {
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
    result_of: typeof plan.result === 'number' ? null : plan.result.of,
    size: plan.operations.length,
    symbols: symbolsOf(plan)
  }, moment())
}
