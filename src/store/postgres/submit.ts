import { type Failure, domainError } from '../../core/errors.js'
import type { Expression } from '../../core/expression.js'
import { type ExpressionFailure, expressionFailure } from '../../core/failure.js'
import { type Operand, type Plan, missingOperands, placeOf } from '../../core/plan/plan.js'
import { refusalOf } from '../../core/refusal.js'
import type { Load, Submission } from '../../core/store.js'
import { refuseBeyondLimits } from '../limits.js'
import { reachOf } from './database-errors.js'
import type { Session } from './session.js'
import { createSharing } from './sharing.js'
import { type Call, type Value, call, listOf } from './statement.js'
import { lockCounter, recount } from './sql/recount.js'
import { submit as submitStatement } from './sql/submit.js'

/** What became of a submit: the expression, or the id of the one that was kept under its key. */
export interface Submitted {
  readonly id: number
  /** Null for an earlier one. */
  readonly created: Expression | null
}

interface SubmittedRow {
  readonly id: number
  /** Null for an earlier submit. */
  readonly first_task: number | null
  /** Of an earlier submit with the same key. */
  readonly fingerprint: string | null
  /** Null for an earlier submit. */
  readonly created_at: number | null
}

interface Beginning extends Pick<Expression, 'status' | 'result'> {
  readonly error: Failure | null
  /** Index of the operation that can have no result. */
  readonly failed: number | null
}

/** What goes into one transaction; more would keep others waiting. One may be larger, and goes alone. */
const MOST_EXPRESSIONS = 100
const MOST_OPERATIONS = 2_000
/** Texts may have 100 million characters, and a message is one string. */
const MOST_CHARACTERS = 1_000_000

/** A submit that races with others for the last places is tried so often. */
const ATTEMPTS = 3

/** Answers how expressions are submitted from now on: those that come together are kept together. */
export function createSubmit (session: Session): (submission: Submission) => Promise<Submitted> {
  const { rules } = session

  /** Answers nothing when there may be too much open work for all of them together; then nothing was kept. */
  async function keep (submissions: readonly Submission[]): Promise<Array<Submitted | Error>> {
    const beginnings = submissions.map(beginningOf)
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
      refuseBeyondLimits(rules, open, submission.plan.operations.length)
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

  return async submission => {
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

function submittedOf (
  { kind, source, plan, idempotency }: Submission, { status, result, error, failed }: Beginning, row: SubmittedRow
): Submitted | Error {
  const { id, first_task: firstTask, created_at: createdAt, fingerprint } = row
  if (createdAt === null) {
    return fingerprint === idempotency?.fingerprint ? { id, created: null } : domainError('idempotency_conflict')
  }
  const isFinal = status !== 'pending'
  return {
    id,
    created: {
      id,
      kind,
      source,
      status,
      result,
      error: error === null || failed === null ? error : failureAt(plan, failed, error, firstTask!),
      createdAt,
      startedAt: null,
      finishedAt: isFinal ? createdAt : null,
      updatedAt: createdAt,
      retrievedAt: null,
      operations: { total: plan.operations.length, completed: 0 },
      effort: plan.effort,
      effortBefore: plan.before,
      remainingMs: isFinal ? 0 : plan.effort.spanMs
    }
  }
}

/** None of its operands is the result of another operation. */
function failureAt (plan: Plan, index: number, error: Failure, firstTask: number): ExpressionFailure {
  const { symbol, left, right } = plan.operations[index]!
  const operation = { symbol, left: left as number, right: right as number, place: placeOf(plan, index) }
  return expressionFailure(error, operation, firstTask + index, [])
}

/** What is open now; what is submitted from now on is added to it. */
async function countOpen (session: Session): Promise<Load> {
  const moment = session.moment()
  const [, rows] = await session.run([call(lockCounter, {}, moment), call(recount, {}, moment)])
  const [counted] = rows as ReadonlyArray<{ open_expressions: number, open_operations: number }>
  return { openExpressions: counted!.open_expressions, openOperations: counted!.open_operations }
}

const FAULTLESS = { error: null, failed: null }

function beginningOf ({ plan }: Submission): Beginning {
  if (typeof plan.result === 'number') return { status: 'completed', result: plan.result + 0, ...FAULTLESS }
  for (const [failed, operation] of plan.operations.entries()) {
    if (missingOperands(operation) > 0) continue
    const { symbol, left, right } = operation
    const error = refusalOf(symbol, left as number, right as number, () => placeOf(plan, failed))
    if (error !== null) return { status: 'failed', result: null, error, failed }
  }
  return { status: 'pending', result: null, ...FAULTLESS }
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
    symbol_lists: submissions.map(({ plan }) => listOf([...new Set(plan.operations.map(({ symbol }) => symbol))])),
    most_expressions: rules.openExpressions,
    most_operations: rules.openOperations,
    ...columnsOf(submissions)
  }, moment())
}

/** The operations of all, an array for each of their members. */
function columnsOf (submissions: readonly Submission[]) {
  const number = (operand: Operand): number | null => typeof operand === 'number' ? operand + 0 : null
  const index = (operand: Operand): number | null => typeof operand === 'number' ? null : operand.of
  const all = submissions.flatMap(({ plan }, at) =>
    plan.operations.map((operation, index) => ({ ...operation, owner: at + 1, index })))
  const places = submissions.flatMap(({ plan }) => plan.operations.map((_, index) => placeOf(plan, index)))
  const dependents = all.map(operation => [...new Set(operation.dependents)])
  return {
    owners: all.map(({ owner }) => owner),
    indexes: all.map(({ index }) => index),
    symbols: all.map(({ symbol }) => symbol),
    left_of: all.map(({ left }) => index(left)),
    left_value: all.map(({ left }) => number(left)),
    right_of: all.map(({ right }) => index(right)),
    right_value: all.map(({ right }) => number(right)),
    time_ms: all.map(({ timeMs }) => timeMs),
    path_ms: all.map(({ pathMs }) => pathMs),
    text_position: places.map(place => place?.position ?? null),
    text_length: places.map(place => place?.length ?? null),
    dependent: dependents.map(list => list.length === 1 ? list[0]! : null),
    dependents: dependents.map(list => list.length === 1 ? null : listOf(list))
  } satisfies Record<string, Value>
}
