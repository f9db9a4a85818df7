import { domainError } from '../../core/errors.js'
import type { Expression } from '../../core/expression.js'
import { type Operand, missingOperands } from '../../core/plan/plan.js'
import { refusalOf } from '../../core/refusal.js'
import type { Load, Submission } from '../../core/store.js'
import { refuseBeyondLimits } from '../memory/limits.js'
import type { Session } from './session.js'
import { call, type Value } from './statement.js'
import { lockCounter, recount } from './sql/recount.js'
import { submit as submitStatement } from './sql/submit.js'

interface Submitted {
  readonly id: number
  /** Of an earlier submit with the same key. */
  readonly fingerprint: string | null
  /** Null for an earlier submit. */
  readonly created_at: number | null
}

/** A submit that races with others for the last places is tried so often. */
const ATTEMPTS = 3

/** Keeps the expression, or finds the one that was kept under its key; null for that. */
export async function submit (
  session: Session, submission: Submission
): Promise<{ readonly id: number, readonly created: Expression | null }> {
  const { rules } = session
  const { kind, source, plan, idempotency } = submission
  const { status, result, error } = beginningOf(submission)
  const values = {
    kind,
    source,
    key: idempotency?.key ?? null,
    fingerprint: idempotency?.fingerprint ?? null,
    status,
    result,
    error_code: error?.code ?? null,
    error_message: error?.message ?? null,
    work_ms: plan.effort.workMs,
    span_ms: plan.effort.spanMs,
    work_before_ms: plan.before.workMs,
    span_before_ms: plan.before.spanMs,
    most_expressions: rules.openExpressions,
    most_operations: rules.openOperations,
    result_of: typeof plan.result === 'number' ? null : plan.result.of,
    ...columnsOf(submission)
  }
  for (let attempt = 1; ; attempt++) {
    const [rows] = await session.run([call(submitStatement, values, session.moment())])
    const [kept] = rows as readonly Submitted[]
    if (kept?.created_at === null) {
      if (kept.fingerprint !== idempotency?.fingerprint) throw domainError('idempotency_conflict')
      return { id: kept.id, created: null }
    }
    if (kept !== undefined) {
      const { id, created_at: createdAt } = kept
      const isFinal = status !== 'pending'
      return {
        id,
        created: {
          id,
          kind,
          source,
          status,
          result,
          error,
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
    const open = await countOpen(session)
    refuseBeyondLimits(rules, open, plan.operations.length)
    if (attempt === ATTEMPTS) throw domainError('queue_full', { what: 'others were quicker' })
  }
}

/** What is open now; what is submitted from now on is added to it. */
async function countOpen (session: Session): Promise<Load> {
  const moment = session.moment()
  const [, rows] = await session.run([call(lockCounter, {}, moment), call(recount, {}, moment)])
  const [counted] = rows as ReadonlyArray<{ open_expressions: number, open_operations: number }>
  return { openExpressions: counted!.open_expressions, openOperations: counted!.open_operations }
}

function beginningOf ({ plan }: Submission): Pick<Expression, 'status' | 'result' | 'error'> {
  if (typeof plan.result === 'number') return { status: 'completed', result: plan.result + 0, error: null }
  for (const operation of plan.operations) {
    if (missingOperands(operation) > 0) continue
    const error = refusalOf(operation.symbol, operation.left as number, operation.right as number)
    if (error !== null) return { status: 'failed', result: null, error }
  }
  return { status: 'pending', result: null, error: null }
}

/** The operations, an array for each of their members. */
function columnsOf ({ plan: { operations } }: Submission) {
  const number = (operand: Operand): number | null => typeof operand === 'number' ? operand + 0 : null
  const index = (operand: Operand): number | null => typeof operand === 'number' ? null : operand.of
  return {
    operations: operations.map(({ symbol }) => symbol),
    left_of: operations.map(({ left }) => index(left)),
    left_value: operations.map(({ left }) => number(left)),
    right_of: operations.map(({ right }) => index(right)),
    right_value: operations.map(({ right }) => number(right)),
    time_ms: operations.map(({ timeMs }) => timeMs),
    path_ms: operations.map(({ pathMs }) => pathMs),
    dependents: operations.map(({ dependents }) => `{${[...new Set(dependents)].join(',')}}`)
  } satisfies Record<string, Value>
}
