import { domainError } from '../errors.js'
import { readVariables } from '../language/variables.js'
import { operationOf } from '../operations.js'
import { type ListedPlan, type Operand, type OperationSeed, createPlan } from './plan.js'
import { type PlanOptions, planExpression } from './planner.js'

/** What a service wants to be worked out. */
export type Work = WrittenWork | PlannedWork

/** In the words of the language; the passes make its plan better. */
export interface WrittenWork {
  readonly source: string
  /** Values of its variables by name, as the client sent them. */
  readonly variables?: Readonly<Record<string, unknown>> | undefined
}

/** As operations, at least one, each after those that it takes; the last one is the result. */
export interface PlannedWork {
  /** For people. */
  readonly source: string
  readonly operations: readonly WorkOperation[]
}

export interface WorkOperation {
  /** A symbol of the operations table. */
  readonly symbol: string
  readonly left: Operand
  /** 0 unless it is said, as for an operation of one operand. */
  readonly right?: Operand
  /** In ms; unless it is said, what an operation of its kind takes. */
  readonly timeMs?: number
}

/**
 * @throws what `planExpression` and `readVariables` throw; `plan_too_large`
 * @throws RangeError for operations that make no plan
 */
export function planWork (work: Work, options: PlanOptions): ListedPlan {
  if (!('operations' in work)) {
    return planExpression(work.source, { ...options, variables: readVariables(work.variables ?? {}) })
  }
  const { times, limits } = options
  if (work.operations.length > limits.operations) throw domainError('plan_too_large', { limit: limits.operations })
  // What a store cannot apply must never get into it.
  for (const { symbol } of work.operations) operationOf(symbol)
  const seeds = work.operations.map(({ symbol, left, right = 0, timeMs = times.get(symbol) ?? 0 }): OperationSeed =>
    ({ symbol, left: kept(left), right: kept(right), timeMs }))
  return createPlan(seeds, { of: seeds.length - 1 })
}

/** −0 must not get into a plan: JSON and SQL do not keep it. */
function kept (operand: Operand): Operand {
  return operand === 0 ? 0 : operand
}
