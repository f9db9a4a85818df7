import type { ResultAttempt } from './attempts.js'
import { type Calculation, isOpen, peekTasks, taskAt } from './calculation.js'
import { touchCalculation } from './calculation-changes.js'
import type { Clock } from '../clock.js'
import type { Deadlines } from './deadlines.js'
import { createFinish } from './finish.js'
import type { Ledger } from './ledger.js'
import { makeInitialReady, makeReady } from './make-ready.js'
import type { ReadyNotice } from './ready-notice.js'
import type { Retention } from './retention.js'
import type { Schedule } from './schedule.js'
import type { Change, Claim, Submission, StoreRules } from '../store.js'
import {
  type CalculationTransition, type Retry, type Transition, type WrittenSubmit, storedSubmitOf
} from './transition.js'

export interface EffectsOptions {
  readonly ledger: Ledger
  readonly schedule: Schedule
  readonly deadlines: Deadlines
  readonly retention: Retention
  readonly readyNotice: ReadyNotice
  readonly clock: Pick<Clock, 'now'>
  readonly rules: StoreRules
  readonly append: (transition: Transition | WrittenSubmit) => void
  readonly announce: (change: Change) => void
  /** Called when a transition was applied to a calculation. */
  readonly onApplied: (transition: CalculationTransition) => void
  /** Called when an expression is new or deleted, and when its status or result has changed. */
  readonly onListed: (id: number) => void
}

export type Effects = ReturnType<typeof createEffects>

/**
 * What the queue does once a verb is decided: each effect appends its transition, applies it to the ledger, and updates
 * schedule, deadlines, retention and ready notice with it.
 */
export function createEffects (options: EffectsOptions) {
  const { ledger, schedule, deadlines, retention, readyNotice, clock, rules, append, onApplied, onListed } = options
  const { fail, failAt, finish, retain, forgetOldest } = createFinish({
    ...options,
    commit,
    forget,
    announce (change) {
      onListed(change.id)
      options.announce(change)
    }
  })

  function commit (transition: CalculationTransition): number[] {
    append(transition)
    const ready = ledger.apply(transition)
    onApplied(transition)
    return ready
  }

  function forget (id: number): void {
    const transition: Transition = { do: 'forget', id }
    append(transition)
    ledger.apply(transition)
    onListed(id)
  }

  /** Takes over what an earlier process left; leases are granted again in full. */
  function restore (): void {
    for (const calculation of ledger.all()) {
      if (!isOpen(calculation)) continue
      let index = 0
      for (const { state } of peekTasks(calculation)) {
        if (state === 'ready') schedule.add(calculation, index)
        if (state === 'leased') renew(calculation, index)
        if (state === 'overdue') setTaskDeadline(calculation, index)
        index++
      }
      if (calculation.startedAt !== null) setCalculationDeadline(calculation)
    }
    forgetOldest()
  }

  function submit (submission: Submission): Calculation {
    const id = ledger.nextId
    const submitted = storedSubmitOf(submission, { id, firstTask: ledger.nextTask, at: clock.now() })
    append(submitted)
    ledger.submit(submitted, submission.plan)
    onListed(id)
    const calculation = ledger.find(id)!
    retention.opened(calculation)
    if (!isOpen(calculation)) {
      retain(calculation)
      return calculation
    }
    const refused = makeInitialReady(schedule, readyNotice, calculation)
    if (refused !== null) fail(calculation, refused.error, refused.index)
    return calculation
  }

  /** ready → leased, for a task that was taken from the schedule. */
  function claim (
    calculation: Calculation, index: number, lease: string, leaseMs: number, { agent, local = false }: Claim
  ): void {
    const begins = calculation.startedAt === null
    commit({
      do: 'claim', id: calculation.id, task: index, lease, leaseMs, agent, ...local && { local }, at: clock.now()
    })
    setTaskDeadline(calculation, index)
    if (begins) begin(calculation)
  }

  function complete (calculation: Calculation, index: number, result: number, by: ResultAttempt): void {
    const task = taskAt(calculation, index)
    if (task.state === 'ready') schedule.remove(calculation, index)
    deadlines.clear(task)
    const begins = calculation.startedAt === null
    // −0 + 0 is 0: a negative zero is never stored.
    const value = result + 0
    const at = clock.now()
    const ready = commit(by === undefined
      ? { do: 'complete', id: calculation.id, task: index, value, at }
      : { do: 'complete', id: calculation.id, task: index, value, by, at })
    if (!isOpen(calculation)) return finish(calculation)
    // The result of a task that was never claimed begins the calculation as a claim does.
    if (begins) begin(calculation)
    makeReadyOrFail(calculation, ready)
  }

  /** leased → ready. */
  function makeReadyAgain (
    calculation: Calculation, index: number, by: { readonly do: 'release' } | Pick<Retry, 'do' | 'outcome' | 'message'>
  ): void {
    deadlines.clear(taskAt(calculation, index))
    makeReadyOrFail(calculation, commit({ ...by, id: calculation.id, task: index, at: clock.now() }))
  }

  /** leased → overdue. */
  function suspend (calculation: Calculation, index: number): void {
    commit({ do: 'suspend', id: calculation.id, task: index, at: clock.now() })
    setTaskDeadline(calculation, index)
  }

  /** Appends nothing: a transition for each heartbeat could be more than those of the work. */
  function renew (calculation: Calculation, index: number): void {
    setTaskDeadline(calculation, index)
    touchCalculation(calculation, clock.now())
  }

  function cancel (calculation: Calculation): void {
    commit({ do: 'cancel', id: calculation.id, at: clock.now() })
    finish(calculation)
  }

  function retrieve (calculation: Calculation): void {
    commit({ do: 'retrieve', id: calculation.id, at: clock.now() })
  }

  function begin (calculation: Calculation): void {
    onListed(calculation.id)
    setCalculationDeadline(calculation)
  }

  function setTaskDeadline (calculation: Calculation, index: number): void {
    deadlines.setTask(calculation, index, taskAt(calculation, index).leaseMs)
  }

  function setCalculationDeadline (calculation: Calculation): void {
    if (rules.timeoutMs !== null) deadlines.setCalculation(calculation, rules.timeoutMs - (calculation.spentMs ?? 0))
  }

  function makeReadyOrFail (calculation: Calculation, indices: readonly number[]): void {
    const refused = makeReady(schedule, readyNotice, calculation, indices)
    if (refused !== null) fail(calculation, refused.error, refused.index)
  }

  return { restore, submit, claim, complete, fail, failAt, makeReadyAgain, suspend, renew, cancel, retrieve }
}
