import type { Failure } from '../../core/errors.js'
import type { Ended } from '../../core/store.js'
import { finish } from './sql/finish.js'
import { call } from './statement.js'

const NO_CONDITIONS = { failed_task: null, overdue_task: null, timeout_ms: null }

/** @param options the operation to blame, and conditions: see the statement */
export function finishCall (
  expression: number, status: Ended['status'], error: Failure | null,
  options: Partial<Record<keyof typeof NO_CONDITIONS, number | null>> = {}
) {
  const reason = { error_code: error?.code ?? null, error_message: error?.message ?? null }
  return call(finish, { expression, status, ...reason, ...NO_CONDITIONS, ...options })
}
