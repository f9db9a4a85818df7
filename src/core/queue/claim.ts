import { type Calculation, operandValue, operationAt, taskAt } from './calculation.js'
import { operationOf } from '../operations.js'
import type { Schedule } from './schedule.js'
import type { Claim, ClaimedTask, StoreRules } from '../store.js'
import type { ReadyNotice } from './ready-notice.js'

/** What a claimant gets with a task. */
export interface Grant {
  readonly lease: string
  readonly leaseMs: number
  readonly agent: string | null
  readonly local: boolean
}

export interface ClaimOptions {
  readonly line: Schedule
  readonly arrivals: ReadyNotice
  readonly rules: StoreRules
  readonly newLease: () => string
  readonly lease: (calculation: Calculation, index: number, grant: Grant) => void
}

/** Answers claims with what stands in the line. */
export function createClaim (
  { line, arrivals, rules, newLease, lease: grantLease }: ClaimOptions
): (claim: Claim) => ClaimedTask[] {
  /** Leases what is next; answers null when there is nothing for this claimant, or it does not fit into the batch. */
  function next ({ agent, symbols, local = false }: Claim, queuedMs: number, longestMs: number): ClaimedTask | null {
    const turn = line.next(symbols, longestMs)
    if (turn === null) return null
    const { calculation, index } = turn
    const { symbol, left, right, timeMs } = operationAt(calculation, index)
    arrivals.remove(symbol)
    // One slot works a batch off one after another, so the last task starts when the others are done.
    const leaseMs = queuedMs + timeMs + rules.leaseMs
    const lease = newLease()
    grantLease(calculation, index, { lease, leaseMs, agent, local })
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
      const task = next(claim, queuedMs, claimed.length === 0 ? Infinity : batchMs - queuedMs)
      if (task === null) break
      queuedMs += task.timeMs
      claimed.push(task)
    }
    return claimed
  }
}
