import {
  type Calculation, type Idempotency,
  cancelCalculation, claimTask, completeTask, failCalculation, releaseTask, retrieveCalculation, retryTask,
  startCalculation, suspendTask
} from './calculation.js'
import type { Failure } from './errors.js'
import type { Submission } from './store.js'
import { type Effort, type Operand, type OperationSeed, type Plan, createPlan } from './plan/plan.js'

/**
 * What happened, as data: each is one line of the journal, and applying them in
 * order gives the state. A transition says what was decided and never why, so that replaying it
 * needs no clock, no settings and no rule that a later version may change.
 */
export type Transition =
  | Submitted
  | {
    readonly do: 'claim'
    readonly id: number
    readonly task: number
    readonly lease: string
    readonly leaseMs: number
    readonly agent: string | null
    /** The agent ran in the server's own process, and ended with it. */
    readonly local?: true
    readonly at: number
  }
  | { readonly do: 'complete', readonly id: number, readonly task: number, readonly value: number, readonly at: number }
  /** Without a time in journals that were written before anybody asked for the last update. */
  | { readonly do: 'release' | 'retry' | 'suspend', readonly id: number, readonly task: number, readonly at?: number }
  /** Without a task where the failure is no operation's fault, and in journals of before it was kept. */
  | { readonly do: 'fail', readonly id: number, readonly error: Failure, readonly task?: number, readonly at: number }
  | { readonly do: 'cancel' | 'retrieve', readonly id: number, readonly at: number }
  | { readonly do: 'forget', readonly id: number }
  | Started

export interface Submitted {
  readonly do: 'submit'
  readonly id: number
  readonly kind: string
  readonly source: string
  readonly firstTask: number
  /** Each operation as [symbol, left, right, timeMs]: the rest of a plan follows from these. */
  readonly operations: ReadonlyArray<readonly [string, Operand, Operand, number]>
  readonly result: Operand
  /** Where the operations stand in the text, as in the plan; journals of before it was kept have none. */
  readonly places?: readonly number[]
  /** The effort before the passes, where they changed it. */
  readonly before?: Effort
  readonly at: number
  readonly idempotency?: Idempotency
}

/**
 * A process began to serve, or the wall clock was set: the time since the last transition before
 * it counts for no calculation.
 */
export interface Started {
  readonly do: 'start'
  readonly at: number
}

/** A submit as it is kept. */
export function submittedOf (
  { kind, source, plan, idempotency }: Submission,
  { id, firstTask, at }: Pick<Submitted, 'id' | 'firstTask' | 'at'>
): Submitted {
  return {
    do: 'submit',
    id,
    kind,
    source,
    firstTask,
    operations: plan.operations.map(({ symbol, left, right, timeMs }) => [symbol, left, right, timeMs] as const),
    result: plan.result,
    ...(plan.places && { places: plan.places }),
    ...(plan.before !== plan.effort && { before: plan.before }),
    at,
    ...(idempotency && { idempotency })
  }
}

/**
 * The calculation that a submit starts.
 *
 * @param plan what follows from its operations, where somebody has it already
 */
export function calculationOf (submitted: Submitted, plan: Plan = planOf(submitted)): Calculation {
  const { id, kind, source, firstTask, at, idempotency = null } = submitted
  return startCalculation({ id, kind, source, firstTask, createdAt: at, idempotency, plan })
}

function planOf ({ operations, result, before, places }: Submitted): Plan {
  const seeds = operations.map(([symbol, left, right, timeMs]): OperationSeed => ({ symbol, left, right, timeMs }))
  return createPlan(seeds, result, before, places)
}

/**
 * Applies a transition to the calculation that it names. Tasks are named by their index. Returns
 * the indices of the operations that became ready by it. `submit`, `forget` and `start` are the ledger's to apply.
 */
export function applyTransition (
  calculation: Calculation, transition: Exclude<Transition, Submitted | Started | { do: 'forget' }>
): number[] {
  const { at = calculation.updatedAt } = transition
  switch (transition.do) {
    case 'claim':
      claimTask(calculation, transition.task, transition)
      return []
    case 'complete':
      return completeTask(calculation, transition.task, transition.value, transition.at)
    case 'release':
      releaseTask(calculation, transition.task, at)
      return [transition.task]
    case 'retry':
      retryTask(calculation, transition.task, at)
      return [transition.task]
    case 'suspend':
      suspendTask(calculation, transition.task, at)
      return []
    case 'fail':
      failCalculation(calculation, transition.error, transition.at, transition.task ?? null)
      return []
    case 'cancel':
      cancelCalculation(calculation, transition.at)
      return []
    case 'retrieve':
      retrieveCalculation(calculation, transition.at)
      return []
  }
}
