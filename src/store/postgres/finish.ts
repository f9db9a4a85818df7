import type { Failure } from '../../core/errors.js'
import type { Ended } from '../../core/store.js'
import { finish } from './sql/finish.js'
import { call } from './statement.js'

const NO_OPTIONS = { failed_task: null, reported: null, overdue_task: null, timeout_ms: null }

type FinishOptions = Partial<Record<Exclude<keyof typeof NO_OPTIONS, 'reported'>, number | null>> & {
  readonly reported?: string | null
}

/** @param options the operation to blame with what was reported of it, and conditions: see the statement */
export function finishCall (
  expression: number, status: Ended['status'], error: Failure | null,
  options: FinishOptions = {}
) {
  const reason = { error_code: error?.code ?? null, error_message: error?.message ?? null }
  return call(finish, { expression, status, ...reason, ...NO_OPTIONS, ...options })
}
