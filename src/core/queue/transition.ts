import {
  type Calculation,
  cancelCalculation, claimTask, completeTask, failCalculation, releaseTask, retrieveCalculation, retryTask,
  startCalculation, suspendTask
} from './calculation.js'
import type { Idempotency } from '../expression.js'
import type { Failure } from '../errors.js'
import type { Submission } from '../store.js'
import { compacted } from '../plan/columns.js'
import { type Effort, type Operand, type OperationSeed, type Plan, createPlan } from '../plan/plan.js'

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
  | { readonly do: 'release' | 'retry' | 'suspend', readonly id: number, readonly task: number, readonly at: number }
  /** Without a task where no operation caused the failure. */
  | { readonly do: 'fail', readonly id: number, readonly error: Failure, readonly task?: number, readonly at: number }
  | { readonly do: 'cancel' | 'retrieve', readonly id: number, readonly at: number }
  | { readonly do: 'forget', readonly id: number }
  | Started

export interface Submitted extends SubmittedHead, SubmittedPlan {}

/** What a submit says of the operations: what grows with their number. */
export interface SubmittedPlan {
  /** Each operation as [symbol, left, right, timeMs]: the rest of a plan follows from these. */
  readonly operations: ReadonlyArray<readonly [string, Operand, Operand, number]>
  /** Position and length in the source of each operation, as in the plan; absent where the plan has none. */
  readonly ranges?: readonly number[]
}

/** A submit whose operations were written already, where they were planned. */
export interface WrittenSubmit extends SubmittedHead {
  /** The members of `SubmittedPlan` as JSON in UTF-8, without the braces. */
  readonly written: Uint8Array
}

/** Everything else. */
export interface SubmittedHead {
  readonly do: 'submit'
  readonly id: number
  readonly kind: string
  readonly source: string
  readonly firstTask: number
  readonly result: Operand
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

type Ids = Pick<SubmittedHead, 'id' | 'firstTask' | 'at'>

/** A submit as it is kept. */
export function submittedOf (submission: Submission, ids: Ids): Submitted {
  return Object.assign(headOf(submission, ids), submittedPlanOf(submission.plan))
}

/** The same, with what is written of it already. */
export function keptOf (submission: Submission, ids: Ids): Submitted | WrittenSubmit {
  const { written } = submission
  return written === undefined ? submittedOf(submission, ids) : Object.assign(headOf(submission, ids), { written })
}

type Writable<T> = { -readonly [Name in keyof T]: T[Name] }

/** Without spreading: what is not there costs nothing, and this is done for each submit. */
function headOf ({ kind, source, plan, idempotency }: Submission, { id, firstTask, at }: Ids): SubmittedHead {
  const head: Writable<SubmittedHead> = { do: 'submit', id, kind, source, firstTask, result: plan.result, at }
  if (plan.before !== plan.effort) head.before = plan.before
  if (idempotency !== undefined) head.idempotency = idempotency
  return head
}

export function submittedPlanOf ({ operations, places }: Pick<Plan, 'operations' | 'places'>): SubmittedPlan {
  const written: Array<SubmittedPlan['operations'][number]> = []
  // By index: iterating over an array of a few operations takes three times as long, on each submit.
  for (let index = 0; index < operations.length; index++) {
    const { symbol, left, right, timeMs } = operations.at(index)!
    written.push([symbol, left, right, timeMs])
  }
  if (places === undefined) return { operations: written }
  return { operations: written, ranges: Array.isArray(places) ? places : Array.from(places) }
}

/** The calculation that a submit starts. */
export function calculationOf (submitted: Submitted): Calculation {
  return calculationWith(submitted, planOf(submitted))
}

/** The same where what follows from its operations is at hand. */
export function calculationWith (submitted: SubmittedHead, plan: Plan): Calculation {
  const { id, kind, source, firstTask, at, idempotency = null } = submitted
  return startCalculation({ id, kind, source, firstTask, createdAt: at, idempotency, plan })
}

function planOf ({ operations, result, before, ranges: places }: Submitted): Plan {
  const seeds = operations.map(([symbol, left, right, timeMs]): OperationSeed => ({ symbol, left, right, timeMs }))
  return compacted(createPlan(seeds, result, before, places))
}

/**
 * Applies a transition to the calculation that it names. Tasks are named by their index. Returns
 * the indices of the operations that became ready by it. `submit`, `forget` and `start` are the ledger's to apply.
 */
export function applyTransition (
  calculation: Calculation, transition: Exclude<Transition, Submitted | Started | { do: 'forget' }>
): number[] {
  switch (transition.do) {
    case 'claim':
      claimTask(calculation, transition.task, transition)
      return []
    case 'complete':
      return completeTask(calculation, transition.task, transition.value, transition.at)
    case 'release':
      releaseTask(calculation, transition.task, transition.at)
      return [transition.task]
    case 'retry':
      retryTask(calculation, transition.task, transition.at)
      return [transition.task]
    case 'suspend':
      suspendTask(calculation, transition.task, transition.at)
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
