import { type AttemptEnd, type ResultAttempt, attributeResult, endAttempt } from './attempts.js'
import { type Calculation, type Task, operationAt, taskAt } from './calculation.js'
import type { Failure } from '../errors.js'
import type { Status } from '../expression.js'

/**
 * All changes of a calculation, as transitions apply them (PostgreSQL states them in SQL). None reads a clock.
 *
 * They change the calculation in place: it may have 100,000 tasks, and copies would cost as much as the work itself.
 */

export interface Claimant {
  readonly agent: string | null
  readonly local?: boolean
  readonly lease: string
  readonly leaseMs: number
  readonly at: number
}

/** A calculation right after its submit. */
export function startCalculation (
  origin: Pick<Calculation, 'id' | 'kind' | 'source' | 'plan' | 'firstTask' | 'createdAt' | 'idempotency'>
): Calculation {
  const { id, kind, source, plan, firstTask, createdAt, idempotency } = origin
  // Listed, not spread: spreading costs more than the rest of a submit, because V8 builds the object step by step.
  const calculation: Calculation = {
    id,
    kind,
    source,
    plan,
    firstTask,
    createdAt,
    idempotency,
    tasks: new Array<Task | undefined>(plan.operations.length),
    status: 'pending',
    result: null,
    error: null,
    failed: null,
    startedAt: null,
    finishedAt: null,
    updatedAt: createdAt,
    retrievedAt: null,
    completed: 0,
    spentMs: null
  }
  if (typeof plan.result === 'number') complete(calculation, plan.result, createdAt)
  return calculation
}

/** ready → leased; spends an attempt and makes a pending calculation `in_progress`. */
export function claimTask (calculation: Calculation, index: number, claimant: Claimant): void {
  const task = taskAt(calculation, index)
  task.state = 'leased'
  task.attempts++
  task.agent = claimant.agent
  task.local = claimant.local ?? false
  task.lease = claimant.lease
  task.leaseMs = claimant.leaseMs
  task.claimedAt = claimant.at
  calculation.updatedAt = claimant.at
  begin(calculation, claimant.at)
}

/**
 * Completes a task that is ready, leased or overdue, and the calculation when it was the last one that mattered.
 *
 * @param by the attempt that gave the result, as `attemptOfResult` found it
 * @returns indices of the operations that became ready
 */
export function completeTask (
  calculation: Calculation, index: number, value: number, at: number, by?: ResultAttempt
): number[] {
  const task = taskAt(calculation, index)
  const operation = operationAt(calculation, index)
  attributeResult(task, by, at)
  task.state = 'completed'
  task.value = value
  task.lease = null
  task.local = false
  task.completedAt = at
  calculation.updatedAt = at
  calculation.completed++
  begin(calculation, at)

  const { result } = calculation.plan
  if (typeof result !== 'number' && result.of === index) {
    complete(calculation, value, at)
    return []
  }
  const ready: number[] = []
  for (const dependent of operation.dependents) {
    const next = taskAt(calculation, dependent)
    if (--next.missing === 0 && next.state === 'waiting') {
      next.state = 'ready'
      ready.push(dependent)
    }
  }
  return ready
}

function begin (calculation: Calculation, at: number): void {
  if (calculation.status !== 'pending') return
  calculation.status = 'in_progress'
  calculation.startedAt = at
}

/** leased → ready; gives the attempt back. */
export function releaseTask (calculation: Calculation, index: number, at: number): void {
  const task = taskAt(calculation, index)
  endAttempt(task, { outcome: 'released' }, at)
  task.attempts--
  calculation.updatedAt = at
  makeReadyAgain(task)
}

/** leased → ready; the attempt stays spent. */
export function retryTask (calculation: Calculation, index: number, at: number, end: AttemptEnd): void {
  const task = taskAt(calculation, index)
  calculation.updatedAt = at
  endAttempt(task, end, at)
  makeReadyAgain(task)
}

/** leased → overdue. */
export function suspendTask (calculation: Calculation, index: number, at: number): void {
  const task = taskAt(calculation, index)
  calculation.updatedAt = at
  endAttempt(task, { outcome: 'expired' }, at)
  task.state = 'overdue'
  task.lease = null
  task.local = false
}

/** Records a sign of life: a heartbeat, or a lease that a restart grants again. */
export function touchCalculation (calculation: Calculation, at: number): void {
  calculation.updatedAt = at
}

/** Records that a client received the result; only the first time counts. */
export function retrieveCalculation (calculation: Calculation, at: number): void {
  calculation.retrievedAt ??= at
}

function makeReadyAgain (task: Task): void {
  task.state = 'ready'
  task.lease = null
  task.local = false
  task.agent = null
  task.claimedAt = null
}

/**
 * @param failed index of the operation that failed; null where the failure is no operation's
 * @param message what the agent reported, if an attempt ends with the failure
 */
export function failCalculation (
  calculation: Calculation, error: Failure, at: number, failed: number | null = null, message = error.message
): void {
  calculation.error = error
  calculation.failed = failed
  if (failed !== null) {
    const task = taskAt(calculation, failed)
    if (task.state === 'leased') endAttempt(task, { outcome: 'failed', message }, at)
    task.state = 'failed'
  }
  finish(calculation, 'failed', at)
}

export function cancelCalculation (calculation: Calculation, at: number): void {
  finish(calculation, 'cancelled', at)
}

function complete (calculation: Calculation, value: number, at: number): void {
  calculation.result = value
  finish(calculation, 'completed', at)
}

function finish (calculation: Calculation, status: Status, at: number): void {
  calculation.status = status
  calculation.finishedAt = at
  calculation.updatedAt = at
  for (const task of calculation.tasks) {
    if (task === undefined || task.state === 'completed') continue
    if (task.state === 'leased') endAttempt(task, { outcome: 'cancelled' }, at)
    if (task.state !== 'failed') task.state = 'dropped'
    task.lease = null
    task.local = false
  }
}
