import type { SourceRange } from '../../core/language/syntax.js'
import { type Operand, type Operation, type Plan, sourceRangeOf } from '../../core/plan/plan.js'
import type { Submission } from '../../core/store.js'
import { arrayText } from './statement.js'
import type { InitialState } from './submit-result.js'

/** Expressions as statements take them (`expressionArrays`). */
export function expressionsAsArrays (submissions: readonly Submission[], states: readonly InitialState[]) {
  return {
    kind: submissions.map(({ kind }) => kind),
    source: submissions.map(({ source }) => source),
    key: submissions.map(({ idempotency }) => idempotency?.key ?? null),
    fingerprint: submissions.map(({ idempotency }) => idempotency?.fingerprint ?? null),
    status: states.map(({ status }) => status),
    result: states.map(({ result }) => result),
    error_code: states.map(({ error }) => error?.code ?? null),
    error_message: states.map(({ error }) => error?.message ?? null),
    failed: states.map(({ failed }) => failed),
    work_ms: submissions.map(({ plan }) => plan.effort.workMs),
    span_ms: submissions.map(({ plan }) => plan.effort.spanMs),
    work_before_ms: submissions.map(({ plan }) => plan.before.workMs),
    span_before_ms: submissions.map(({ plan }) => plan.before.spanMs),
    result_of: submissions.map(({ plan }) => indexIn(plan.result)),
    size: submissions.map(({ plan }) => plan.operations.length),
    symbols: submissions.map(({ plan }) => arrayText(symbolsOf(plan)))
  }
}

/** The distinct symbols of its operations. */
function symbolsOf ({ operations }: Plan): string[] {
  const symbols = new Set<string>()
  for (const { symbol } of operations) symbols.add(symbol)
  return [...symbols]
}

/** An operation with its index in the plan and its range in the text. */
interface LocatedOperation extends Operation {
  readonly index: number
  readonly range: SourceRange | null
}

/** The operations from index `start` up to `end`. */
export function locatedOperations (plan: Plan, start = 0, end = plan.operations.length): LocatedOperation[] {
  return plan.operations.slice(start, end)
    .map((operation, offset) => ({ ...operation, index: start + offset, range: sourceRangeOf(plan, start + offset) }))
}

/** Operations as statements take them (`operationArrays`). */
export function operationsAsArrays (operations: readonly LocatedOperation[]) {
  const dependents = operations.map(operation => [...new Set(operation.dependents)])
  return {
    index: operations.map(({ index }) => index),
    symbol: operations.map(({ symbol }) => symbol),
    left_of: operations.map(({ left }) => indexIn(left)),
    left_value: operations.map(({ left }) => numberIn(left)),
    right_of: operations.map(({ right }) => indexIn(right)),
    right_value: operations.map(({ right }) => numberIn(right)),
    time_ms: operations.map(({ timeMs }) => timeMs),
    path_ms: operations.map(({ pathMs }) => pathMs),
    text_position: operations.map(({ range }) => range?.position ?? null),
    text_length: operations.map(({ range }) => range?.length ?? null),
    dependent: dependents.map(list => list.length === 1 ? list[0]! : null),
    dependents: dependents.map(list => list.length === 1 ? null : arrayText(list))
  }
}

export function indexIn (operand: Operand): number | null {
  return typeof operand === 'number' ? null : operand.of
}

function numberIn (operand: Operand): number | null {
  return typeof operand === 'number' ? operand + 0 : null
}
