import type { Operand, Operation } from '../../core/plan/plan.js'
import { type Value, listOf } from './statement.js'

/** Operations as statements take them: an array for each of their members. */
export function columnsOf (operations: readonly Operation[]) {
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
    dependent: dependents.map(list => list.length === 1 ? list[0]! : null),
    dependents: dependents.map(list => list.length === 1 ? null : listOf(list))
  } satisfies Record<string, Value>
}
