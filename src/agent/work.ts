import { OPERATIONS } from '../core/operations.js'
import type { AgentTask, TaskError, TaskOutcome } from './task.js'

/** What this agent can do, as it says in each claim. */
export const ABILITIES: readonly string[] = [...OPERATIONS.keys()]

/**
 * Works a task out: a finite number, never -0, or the error to report. JSON has no Infinity and
 * no NaN, so without an error such a task could never be answered.
 */
export function work ({ operation, left, right }: AgentTask): TaskOutcome {
  const definition = OPERATIONS.get(operation)
  if (definition === undefined) {
    return failed('operation_unknown', `This agent does not know ${JSON.stringify(operation)}`, { retryable: true })
  }
  // An operation of one operand has 0 for its second; some orchestrators leave it out.
  const second = right === null && definition.arity === 1 ? 0 : right
  if (left === null || second === null) {
    return failed('operand_invalid', 'An operand is missing or not a finite number', { retryable: true })
  }

  const refusal = definition.refusal(left, second)
  if (refusal === 'division_by_zero') return failed(refusal, 'Division by zero', { retryable: false })
  const result = definition.compute(left, second)
  if (refusal !== null || !Number.isFinite(result)) {
    const message = `The result of this ${definition.name} is too large for a double`
    return failed('result_out_of_range', message, { retryable: false })
  }
  return { result: result + 0 }
}

function failed (code: string, message: string, { retryable }: Pick<TaskError, 'retryable'>): TaskOutcome {
  return { error: { code, message, retryable } }
}
