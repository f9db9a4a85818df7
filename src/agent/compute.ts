import { OPERATIONS, type OperationDefinition, type RefusalCode, writeOperation } from '../core/operations.js'
import type { AgentTask, TaskError, TaskOutcome } from './protocol/task.js'

/** Symbols of the operations that this agent supports. */
export const SUPPORTED_OPERATIONS: readonly string[] = [...OPERATIONS.keys()]

/**
 * The outcome of a task: a finite number, never -0, or the error to report. JSON has no Infinity and no NaN, so without
 * an error such a task could never be answered.
 */
export function compute ({ operation, left, right }: AgentTask): TaskOutcome {
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
  const result = refusal === null ? definition.compute(left, second) : NaN
  if (Number.isFinite(result)) return { result: result + 0 }
  // `refusal` does not foresee results just beyond the largest double.
  const code = refusal ?? 'result_out_of_range'
  return failed(code, messageOf(code, definition, left, second), { retryable: false })
}

/** The outcome of a task after `tookMs`: for an operation whose result is the time that it took, that time. */
export function withMeasuredTime ({ operation }: AgentTask, outcome: TaskOutcome, tookMs: number): TaskOutcome {
  const isMeasured = 'result' in outcome && OPERATIONS.get(operation)?.isMeasured === true
  return isMeasured ? { result: Math.round(tookMs) } : outcome
}

/** The messages of `core/errors.ts`, which agents do not import. */
function messageOf (code: RefusalCode, definition: OperationDefinition, left: number, right: number): string {
  const operation = writeOperation(definition, left, right)
  if (code === 'division_by_zero') return `Division by zero: ${operation}`
  if (code === 'result_out_of_range') return `The result of ${operation} is too large for a double`
  return `${operation} is undefined: ${definition.domain ?? 'its operands are not allowed'}`
}

function failed (code: string, message: string, { retryable }: Pick<TaskError, 'retryable'>): TaskOutcome {
  return { error: { code, message, retryable } }
}
