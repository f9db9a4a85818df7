import { type Calculation, operandValue, operationAt, taskAt } from './calculation.js'
import { operationOf } from '../operations.js'
import type { ReadyNotice } from './ready-notice.js'
import type { Schedule } from './schedule.js'
import type { Claim, ClaimedTask, StoreRules } from '../store.js'

export interface ClaimOptions {
  readonly schedule: Schedule
  readonly readyNotice: ReadyNotice
  readonly rules: Pick<StoreRules, 'leaseMs'>
  readonly newLease: () => string
  /** Leases the task to the claimant. */
  readonly grant: (calculation: Calculation, index: number, lease: string, leaseMs: number, claim: Claim) => void
}

/** Claims tasks from the schedule. */
export function createClaim (
  { schedule, readyNotice, rules, newLease, grant }: ClaimOptions
): (claim: Claim) => ClaimedTask[] {
  /** Null when there is nothing for this claimant, or the next task does not fit into the batch. */
  function claimNext (claim: Claim, queuedMs: number, longestMs: number): ClaimedTask | null {
    const next = schedule.next(claim.symbols, longestMs)
    if (next === null) return null
    const { calculation, index } = next
    const { symbol, left, right, timeMs } = operationAt(calculation, index)
    readyNotice.remove(symbol)
    // One slot works a batch off one after the other: the last task starts when the others are done.
    const leaseMs = queuedMs + timeMs + rules.leaseMs
    const lease = newLease()
    grant(calculation, index, lease, leaseMs, claim)
    const task: ClaimedTask = {
      id: calculation.firstTask + index,
      expression: calculation.id,
      symbol,
      left: operandValue(calculation, left)!,
      right: operandValue(calculation, right)!,
      timeMs,
      attempt: taskAt(calculation, index).attempts,
      lease,
      leaseMs
    }
    if (operationOf(symbol).isNamed !== true) return task
    return { ...task, work: { kind: calculation.kind, name: calculation.source } }
  }

  return claim => {
    const { max, batchMs = Infinity } = claim
    const claimed: ClaimedTask[] = []
    let queuedMs = 0
    while (claimed.length < max) {
      const task = claimNext(claim, queuedMs, claimed.length === 0 ? Infinity : batchMs - queuedMs)
      if (task === null) break
      queuedMs += task.timeMs
      claimed.push(task)
    }
    return claimed
  }
}
