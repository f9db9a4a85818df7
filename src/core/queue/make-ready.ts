import { type Calculation, operandValue, operationAt } from './calculation.js'
import type { Failure } from '../errors.js'
import { initialOperationsOf } from '../plan/initial-operations.js'
import { sourceRangeOf } from '../plan/plan.js'
import type { ReadyNotice } from './ready-notice.js'
import { operandFailureOf } from './failure.js'
import type { Schedule } from './schedule.js'

/** An operation whose operands show that it has no result. */
export interface RefusedOperation {
  readonly index: number
  readonly error: Failure
}

/** Schedules operations that became ready. If one of them has no result, schedules none and returns that one. */
export function makeReady (
  schedule: Schedule, readyNotice: ReadyNotice, calculation: Calculation, indices: readonly number[]
): RefusedOperation | null {
  for (const index of indices) {
    const refused = refusalAt(calculation, index)
    if (refused !== null) return refused
  }
  for (const index of indices) {
    schedule.add(calculation, index)
    readyNotice.add(operationAt(calculation, index).symbol)
  }
  return null
}

/** The same for the operations that a plan begins with. */
export function makeInitialReady (
  schedule: Schedule, readyNotice: ReadyNotice, calculation: Calculation
): RefusedOperation | null {
  const { ready, refused } = initialOperationsOf(calculation.plan)
  if (refused !== null) return refusalAt(calculation, refused)
  for (const [symbol, indices] of ready) {
    schedule.addAll(calculation, symbol, indices)
    readyNotice.add(symbol, indices.length)
  }
  return null
}

/** Null for an operation with a result. */
function refusalAt (calculation: Calculation, index: number): RefusedOperation | null {
  const { symbol, left, right } = operationAt(calculation, index)
  const error = operandFailureOf(symbol, operandValue(calculation, left)!, operandValue(calculation, right)!,
    () => sourceRangeOf(calculation.plan, index))
  return error === null ? null : { index, error }
}
