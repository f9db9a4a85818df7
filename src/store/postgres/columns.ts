import type { SourceRange } from '../../core/language/syntax.js'
import { type Operand, type Operation, type Plan, sourceRangeOf } from '../../core/plan/plan.js'
import { arrayText } from './statement.js'

/** An operation with its range in the text. */
interface LocatedOperation extends Operation {
  readonly range: SourceRange | null
}

/** The operations from index `start` up to `end`. */
export function locatedOperations (plan: Plan, start = 0, end = plan.operations.length): LocatedOperation[] {
  return plan.operations.slice(start, end)
    .map((operation, offset) => ({ ...operation, range: sourceRangeOf(plan, start + offset) }))
}

/** Operations as statements take them: an array for each of their members. */
export function columnsOf (operations: readonly LocatedOperation[]) {
  const number = (operand: Operand): number | null => typeof operand === 'number' ? operand + 0 : null
  const index = (operand: Operand): number | null => typeof operand === 'number' ? null : operand.of
  const dependents = operations.map(operation => [...new Set(operation.dependents)])
  return {
    symbols: operations.map(({ symbol }) => symbol),
    left_of: operations.map(({ left }) => index(left)),
    left_value: operations.map(({ left }) => number(left)),
    right_of: operations.map(({ right }) => index(right)),
    right_value: operations.map(({ right }) => number(right)),
    time_ms: operations.map(({ timeMs }) => timeMs),
    path_ms: operations.map(({ pathMs }) => pathMs),
    text_position: operations.map(({ range }) => range?.position ?? null),
    text_length: operations.map(({ range }) => range?.length ?? null),
    dependent: dependents.map(list => list.length === 1 ? list[0]! : null),
    dependents: dependents.map(list => list.length === 1 ? null : arrayText(list))
  }
}
