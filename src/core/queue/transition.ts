import type { Calculation } from './calculation.js'
import {
  cancelCalculation, claimTask, completeTask, failCalculation, releaseTask, retrieveCalculation, retryTask,
  startCalculation, suspendTask
} from './calculation-changes.js'
import type { Idempotency } from '../expression.js'
import type { Failure } from '../errors.js'
import type { Submission } from '../store.js'
import { compacted } from '../plan/columns.js'
import { type Effort, type Operand, type OperationSeed, type Plan, createPlan } from '../plan/plan.js'

/**
 * One change of a calculation, as data: a line of the journal. Applied in order, they give the state. A transition
 * holds what was decided and not why, so that replaying it needs no clock, no settings and no rule that may change.
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
    /** The agent runs in the server's own process, and ends with it. */
    readonly local?: true
    readonly at: number
  }
  | {
    readonly do: 'complete'
    readonly id: number
    readonly task: number
    readonly value: number
    /** Absent for the usual attempt; see `ResultAttempt`. */
    readonly by?: number | null
    readonly at: number
  }
  | Retry
  | { readonly do: 'release' | 'suspend', readonly id: number, readonly task: number, readonly at: number }
  | {
    readonly do: 'fail'
    readonly id: number
    readonly error: Failure
    /** Absent where no operation caused the failure. */
    readonly task?: number
    /** What the agent reported, where it is not the message of the error. */
    readonly message?: string
    readonly at: number
  }
  | { readonly do: 'cancel' | 'retrieve', readonly id: number, readonly at: number }
  | { readonly do: 'forget', readonly id: number }
  | Started

/** An attempt ended, and the task is ready for another. */
export interface Retry {
  readonly do: 'retry'
  readonly id: number
  readonly task: number
  readonly outcome: 'expired' | 'failed'
  /** The reported message of a failed one. */
  readonly message?: string
  readonly at: number
}

/** A change of a calculation that exists. */
export type CalculationTransition = Exclude<Transition, Submitted | Started | { do: 'forget' }>

export interface Submitted extends SubmittedHead, SubmittedPlan {}

/** The part of a submit that grows with the number of operations. */
export interface SubmittedPlan {
  /** Each operation as [symbol, left, right, timeMs]; the rest of a plan follows from these. */
  readonly operations: ReadonlyArray<readonly [string, Operand, Operand, number]>
  /** Position and length in the source of each operation, as in the plan; absent where the plan has none. */
  readonly ranges?: readonly number[]
}

/** A submit whose operations were serialized by the thread that planned them. */
export interface WrittenSubmit extends SubmittedHead {
  /** The members of `SubmittedPlan` as JSON in UTF-8, without the braces. */
  readonly written: Uint8Array
}

/** The rest of a submit. */
export interface SubmittedHead {
  readonly do: 'submit'
  readonly id: number
  readonly kind: string
  readonly source: string
  readonly firstTask: number
  readonly result: Operand
  /** The effort before the passes, if they changed it. */
  readonly before?: Effort
  readonly at: number
  readonly idempotency?: Idempotency
}

/**
 * A process started, or the wall clock was set: the time since the transition before it counts towards no time limit.
 */
export interface Started {
  readonly do: 'start'
  readonly at: number
}

type Ids = Pick<SubmittedHead, 'id' | 'firstTask' | 'at'>

/** The transition of a submit. */
export function submittedOf (submission: Submission, ids: Ids): Submitted {
  return Object.assign(headOf(submission, ids), submittedPlanOf(submission.plan))
}

/** The same, with the operations serialized if they were already. */
export function storedSubmitOf (submission: Submission, ids: Ids): Submitted | WrittenSubmit {
  const { written } = submission
  return written === undefined ? submittedOf(submission, ids) : Object.assign(headOf(submission, ids), { written })
}

type Writable<T> = { -readonly [Name in keyof T]: T[Name] }

/** Without spreading, which costs more, on each submit. */
function headOf ({ kind, source, plan, idempotency }: Submission, { id, firstTask, at }: Ids): SubmittedHead {
  const head: Writable<SubmittedHead> = { do: 'submit', id, kind, source, firstTask, result: plan.result, at }
  if (plan.before !== plan.effort) head.before = plan.before
  if (idempotency !== undefined) head.idempotency = idempotency
  return head
}

export function submittedPlanOf ({ operations, ranges }: Pick<Plan, 'operations' | 'ranges'>): SubmittedPlan {
  const written: Array<SubmittedPlan['operations'][number]> = []
  // By index: iterating over an array of a few operations takes three times as long, on each submit.
  for (let index = 0; index < operations.length; index++) {
    const { symbol, left, right, timeMs } = operations.at(index)!
    written.push([symbol, left, right, timeMs])
  }
  if (ranges === undefined) return { operations: written }
  return { operations: written, ranges: Array.isArray(ranges) ? ranges : Array.from(ranges) }
}

/** The calculation that the submit starts. */
export function calculationOf (submitted: Submitted): Calculation {
  return calculationWith(submitted, planOf(submitted))
}

/** The same with the plan at hand. */
export function calculationWith (submitted: SubmittedHead, plan: Plan): Calculation {
  const { id, kind, source, firstTask, at, idempotency = null } = submitted
  return startCalculation({ id, kind, source, firstTask, createdAt: at, idempotency, plan })
}

function planOf ({ operations, result, before, ranges: places }: Submitted): Plan {
  const seeds = operations.map(([symbol, left, right, timeMs]): OperationSeed => ({ symbol, left, right, timeMs }))
  return compacted(createPlan(seeds, result, before, places))
}

/**
 * Applies a transition to its calculation. Its `task` is the index of the operation. `submit`, `forget` and `start` are
 * applied by the ledger.
 *
 * @returns indices of the operations that became ready
 */
export function applyTransition (
  calculation: Calculation, transition: CalculationTransition
): number[] {
  switch (transition.do) {
    case 'claim':
      claimTask(calculation, transition.task, transition)
      return []
    case 'complete':
      return completeTask(calculation, transition.task, transition.value, transition.at, transition.by)
    case 'release':
      releaseTask(calculation, transition.task, transition.at)
      return [transition.task]
    case 'retry':
      retryTask(calculation, transition.task, transition.at, transition)
      return [transition.task]
    case 'suspend':
      suspendTask(calculation, transition.task, transition.at)
      return []
    case 'fail':
      failCalculation(
        calculation, transition.error, transition.at, transition.task ?? null, transition.message)
      return []
    case 'cancel':
      cancelCalculation(calculation, transition.at)
      return []
    case 'retrieve':
      retrieveCalculation(calculation, transition.at)
      return []
  }
}
