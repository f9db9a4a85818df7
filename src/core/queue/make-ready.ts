import { type Calculation, operandValue, operationAt } from './calculation.js'
import type { Failure } from '../errors.js'
import { initialOperationsOf } from '../plan/initial-operations.js'
import { sourceRangeOf } from '../plan/plan.js'
import { refusalOf } from './refusal.js'
import type { Schedule } from './schedule.js'
import type { ReadyNotice } from './ready-notice.js'

/** Where operations that became ready go. */
export interface Entrance {
  readonly line: Schedule
  readonly arrivals: ReadyNotice
}

/** An operation that has no result, as its operands show, and why. */
export interface Refused {
  readonly index: number
  readonly error: Failure
}

/** Puts operations that became ready into the line; or none, and answers which of them has no result. */
export function enlist (
  { line, arrivals }: Entrance, calculation: Calculation, indices: readonly number[]
): Refused | null {
  for (const index of indices) {
    const refused = refusalAt(calculation, index)
    if (refused !== null) return refused
  }
  for (const index of indices) {
    line.add(calculation, index)
    arrivals.add(operationAt(calculation, index).symbol)
  }
  return null
}

/** The same for all that a calculation begins with. */
export function enlistOpening ({ line, arrivals }: Entrance, calculation: Calculation): Refused | null {
  const { ready, refused } = initialOperationsOf(calculation.plan)
  if (refused !== null) return refusalAt(calculation, refused)
  for (const [symbol, indices] of ready) {
    line.addAll(calculation, symbol, indices)
    arrivals.add(symbol, indices.length)
  }
  return null
}

/** Null where the operation has a result. */
function refusalAt (calculation: Calculation, index: number): Refused | null {
  const { symbol, left, right } = operationAt(calculation, index)
  const error = refusalOf(symbol, operandValue(calculation, left)!, operandValue(calculation, right)!,
    () => sourceRangeOf(calculation.plan, index))
  return error === null ? null : { index, error }
}
