import type { SourceRange } from '../../core/language/syntax.js'
import { type Operand, type Operation, type Plan, sourceRangeOf } from '../../core/plan/plan.js'
import { type Value, listOf } from './statement.js'

/** An operation, and where it stands in the text. */
export interface PlacedOperation extends Operation {
  readonly place: SourceRange | null
}

/** The operations from one index up to another, with their places. */
export function placedOperations (plan: Plan, start = 0, end = plan.operations.length): PlacedOperation[] {
  return plan.operations.slice(start, end)
    .map((operation, offset) => ({ ...operation, place: sourceRangeOf(plan, start + offset) }))
}

/** Operations as statements take them: an array for each of their members. */
export function columnsOf (operations: readonly PlacedOperation[]) {
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
    text_position: operations.map(({ place }) => place?.position ?? null),
    text_length: operations.map(({ place }) => place?.length ?? null),
    dependent: dependents.map(list => list.length === 1 ? list[0]! : null),
    dependents: dependents.map(list => list.length === 1 ? null : listOf(list))
  } satisfies Record<string, Value>
}
