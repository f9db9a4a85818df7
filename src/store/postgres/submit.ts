import { domainError } from '../../core/errors.js'
import type { Submission } from '../../core/store.js'
import { columnsOf, placedOperations } from './columns.js'
import { reachOf } from './database-errors.js'
import type { Session } from './session.js'
import { createSharing } from './batching.js'
import { type Call, call, listOf } from './statement.js'
import { submit as submitStatement } from './sql/submit.js'
import { LARGE, countOpen, createLargeSubmit, refuseIfFull } from './submit-large.js'
import { type Beginning, type Submitted, type SubmittedRow, beginningOf, submittedOf, symbolsOf } from './submitted.js'

/** What goes into one transaction; more would keep others waiting. */
const MOST_EXPRESSIONS = 100
const MOST_OPERATIONS = LARGE
/** Texts may have 100 million characters, and a message is one string. */
const MOST_CHARACTERS = 1_000_000

/** A submit that races with others for the last places is tried so often. */
const ATTEMPTS = 3

/** Answers how expressions are submitted from now on: those that come together are kept together. */
export function createSubmit (session: Session): (submission: Submission) => Promise<Submitted> {
  /** Answers nothing when there may be too much open work for all of them together; then nothing was kept. */
  async function keep (submissions: readonly Submission[]): Promise<Array<Submitted | Error>> {
    const beginnings = submissions.map(({ plan }) => beginningOf(plan))
    const [rows] = await session.run([submitCall(session, submissions, beginnings)])
    return (rows as readonly SubmittedRow[]).map((row, index) =>
      submittedOf(submissions[index]!, beginnings[index]!, row))
  }

  /** @throws when it is refused, or its key was used for something else */
  async function keepAlone (submission: Submission): Promise<Submitted | Error> {
    for (let attempt = 1; ; attempt++) {
      const [submitted] = await keep([submission])
      if (submitted !== undefined) return submitted
      const open = await countOpen(session)
      refuseIfFull(session, open, submission.plan.operations.length)
      if (attempt === ATTEMPTS) throw domainError('queue_full', { what: 'others were quicker' })
    }
  }

  const share = createSharing<Submission, Submitted | Error>({
    fit: alikeOf,
    async together (submissions) {
      const [first, second] = submissions
      // Else what is refused would be refused once more before it is known why.
      if (second === undefined) return [await keepAlone(first!)]
      const submitted = await keep(submissions)
      return submitted.length === submissions.length ? submitted : null
    },
    alone: keepAlone,
    reach: reachOf
  })

  const submitLarge = createLargeSubmit(session)

  return async submission => {
    if (submission.plan.operations.length > LARGE) return submitLarge(submission)
    const submitted = await share(submission)
    if (submitted instanceof Error) throw submitted
    return submitted
  }
}

/** The first, and those after it that can go with it: of two with the same key the second has to see the first. */
function alikeOf (waiting: readonly Submission[]): number {
  const keys = new Set<string>()
  let operations = 0
  let characters = 0
  let count = 0
  for (const { source, plan, idempotency } of waiting) {
    operations += plan.operations.length
    characters += source.length
    const isTooMuch = count === MOST_EXPRESSIONS || operations > MOST_OPERATIONS || characters > MOST_CHARACTERS
    if (count > 0 && isTooMuch) break
    if (idempotency !== undefined && keys.has(idempotency.key)) break
    if (idempotency !== undefined) keys.add(idempotency.key)
    count++
  }
  return count
}

export function submitCall (
  { rules, moment }: Session, submissions: readonly Submission[], beginnings: readonly Beginning[]
): Call {
  return call(submitStatement, {
    kinds: submissions.map(({ kind }) => kind),
    sources: submissions.map(({ source }) => source),
    keys: submissions.map(({ idempotency }) => idempotency?.key ?? null),
    fingerprints: submissions.map(({ idempotency }) => idempotency?.fingerprint ?? null),
    statuses: beginnings.map(({ status }) => status),
    results: beginnings.map(({ result }) => result),
    error_codes: beginnings.map(({ error }) => error?.code ?? null),
    error_messages: beginnings.map(({ error }) => error?.message ?? null),
    failed: beginnings.map(({ failed }) => failed),
    work_ms: submissions.map(({ plan }) => plan.effort.workMs),
    span_ms: submissions.map(({ plan }) => plan.effort.spanMs),
    work_before_ms: submissions.map(({ plan }) => plan.before.workMs),
    span_before_ms: submissions.map(({ plan }) => plan.before.spanMs),
    results_of: submissions.map(({ plan: { result } }) => typeof result === 'number' ? null : result.of),
    sizes: submissions.map(({ plan }) => plan.operations.length),
    symbol_lists: submissions.map(({ plan }) => listOf(symbolsOf(plan))),
    most_expressions: rules.openExpressions,
    most_operations: rules.openOperations,
    owners: submissions.flatMap(({ plan: { operations } }, at) => Array.from(operations, () => at + 1)),
    indexes: submissions.flatMap(({ plan: { operations } }) => Array.from(operations, (_, index) => index)),
    ...columnsOf(submissions.flatMap(({ plan }) => placedOperations(plan)))
  }, moment())
}
