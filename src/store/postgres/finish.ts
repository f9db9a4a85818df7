import type { Failure } from '../../core/errors.js'
import { finish } from './sql/finish.js'
import { call } from './statement.js'

const NO_CONDITIONS = { failed_task: null, overdue_task: null, timeout_ms: null }

/** @param options the operation to blame, and conditions: see the statement */
export function failCall (
  expression: number, { code, message }: Failure, options: Partial<Record<keyof typeof NO_CONDITIONS, number | null>>
) {
  return call(finish, {
    expression, status: 'failed', error_code: code, error_message: message, ...NO_CONDITIONS, ...options
  })
}

export function cancelCall (expression: number) {
  return call(finish, {
    expression, status: 'cancelled', error_code: null, error_message: null, ...NO_CONDITIONS
  })
}
