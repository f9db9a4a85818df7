import { domainError } from '../../core/errors.js'
import type { Expression } from '../../core/expression.js'
import { openingOf } from '../../core/plan/opening.js'
import type { Plan } from '../../core/plan/plan.js'
import { refusalOf } from '../../core/refusal.js'
import type { Submission } from '../../core/store.js'

/** What became of a submit: the expression, or the id of the one that was kept under its key. */
export interface Submitted {
  readonly id: number
  /** Null for an earlier one. */
  readonly created: Expression | null
}

export interface SubmittedRow {
  readonly id: number
  /** Of an earlier submit with the same key. */
  readonly fingerprint: string | null
  /** Null for an earlier submit. */
  readonly created_at: number | null
}

export type Beginning = Pick<Expression, 'status' | 'result' | 'error'>

export function submittedOf (
  { kind, source, plan, idempotency }: Submission, { status, result, error }: Beginning, row: SubmittedRow
): Submitted | Error {
  const { id, created_at: createdAt, fingerprint } = row
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

/** What an expression is from the beginning. */
export function beginningOf (plan: Plan): Beginning {
  if (typeof plan.result === 'number') return { status: 'completed', result: plan.result + 0, error: null }
  const { refused } = openingOf(plan)
  if (refused === null) return { status: 'pending', result: null, error: null }
  const { symbol, left, right } = plan.operations.at(refused)!
  return { status: 'failed', result: null, error: refusalOf(symbol, left as number, right as number) }
}

/** The symbols of its operations, each once. */
export function symbolsOf ({ operations }: Plan): string[] {
  const symbols = new Set<string>()
  for (const { symbol } of operations) symbols.add(symbol)
  return [...symbols]
}
