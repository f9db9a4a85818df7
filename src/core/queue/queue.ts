import {
  type Calculation, isOpen, peekTask, peekTasks, taskAt, touchCalculation
} from './calculation.js'
import type { Clock } from '../clock.js'
import { decideDeadline, decideLease, decideReport } from './decisions.js'
import { describe } from './describe.js'
import { failure } from '../errors.js'
import type { Expression } from '../expression.js'
import { memoryEstimateOf } from './memory-estimate.js'
import { isForeign } from './lease-token.js'
import { createSchedule } from './schedule.js'
import type {
  Change, Claim, ClaimedTask, Intent, LeaseRef, ExpiredLease, Outcome, Report, Reported, StoreRules,
  Submission
} from '../store.js'
import { type Transition, type WrittenSubmit, storedSubmitOf } from './transition.js'
import { createReadyNotice } from './ready-notice.js'
import { refuseBeyondLimits } from './admission.js'
import { createEnding } from './finish.js'
import { type Refused, enlist, enlistOpening } from './make-ready.js'
import { type Grant, createClaim } from './claim.js'
import { type Deadline, createDeadlines } from './deadlines.js'
import type { Ledger } from './ledger.js'
import { createRetention } from './retention.js'
import { type Views, createViews } from './views.js'

/**
 * The queue in memory: decides what each verb of the store means, and applies it. It is
 * synchronous, so a verb is atomic and nothing interleaves; the stores around it add the promises.
 */
export interface Queue extends Views {
  submit (submission: Submission): Expression
  admit (intent: Intent): void
  claim (claim: Claim): ClaimedTask[]
  report (reports: readonly Report[]): Outcome[]
  reportAndClaim (reports: readonly Report[], claim: Claim): Reported
  renew (leases: readonly LeaseRef[]): Outcome[]
  check (leases: readonly LeaseRef[]): Outcome[]
  release (leases: readonly LeaseRef[]): Outcome[]
  expire (): number | null
  cancel (id: number): Outcome
  retrieve (id: number): Outcome
  listVersion (): string
}

export interface QueueOptions {
  /** May hold what an earlier process left: its leases are granted again in full. */
  readonly ledger: Ledger
  readonly clock: Clock
  readonly rules: StoreRules
  /** The name of the store. */
  readonly issuer: string
  /** A token of that store that no claim ever had, in this process life or another. */
  readonly newLease: () => string
  /** Told of every transition, in order, as it is applied. */
  readonly append: (transition: Transition | WrittenSubmit) => void
  readonly announce: (change: Change) => void
}

export function createQueue (
  { ledger, clock, rules, issuer, newLease, append: keep, announce }: QueueOptions
): Queue {
  const line = createSchedule()
  const holds = createDeadlines(clock)
  const retention = createRetention(ledger.all())
  const arrivals = createReadyNotice(announce)
  const entrance = { line, arrivals }
  /** As unique as a lease: another process, or this one after a repair, may show another list under the same count. */
  let era = ''
  let revision = 0
  /** On the monotonic clock: the deadline that the caller of `expire` knows of. */
  let announcedDeadline = Infinity
  const { fail, failAt, over, finish, forgetOldest } = createEnding({
    clock,
    rules,
    line,
    holds,
    retention,
    commit,
    announce (change) {
      revision++
      announce(change)
    }
  })
  const handOut = createClaim({ line, arrivals, rules, newLease, lease })

  for (const calculation of ledger.all()) if (isOpen(calculation)) enter(calculation)
  forgetOldest()

  function enter (calculation: Calculation): void {
    let index = 0
    for (const { state } of peekTasks(calculation)) {
      if (state === 'ready') line.add(calculation, index)
      if (state === 'leased') renew(calculation, index)
      if (state === 'overdue') holdTask(calculation, index)
      index++
    }
    if (calculation.startedAt !== null) holdCalculation(calculation)
  }

  function holdTask (calculation: Calculation, index: number): void {
    holds.holdTask(calculation, index, taskAt(calculation, index).leaseMs)
  }

  /** Not kept: a line for each heartbeat could be more than the work itself. */
  function renew (calculation: Calculation, index: number): void {
    holdTask(calculation, index)
    touchCalculation(calculation, clock.now())
  }

  function holdCalculation (calculation: Calculation): void {
    if (rules.timeoutMs !== null) holds.holdCalculation(calculation, rules.timeoutMs - (calculation.spentMs ?? 0))
  }

  function begin (calculation: Calculation): void {
    revision++
    holdCalculation(calculation)
  }

  function commit (transition: Transition): number[] {
    keep(transition)
    return ledger.apply(transition)
  }

  /** Puts operations that became ready into the line, or ends the calculation at one that has no result. */
  function makeReady (calculation: Calculation, indices: readonly number[]): void {
    endAt(calculation, enlist(entrance, calculation, indices))
  }

  function endAt (calculation: Calculation, refused: Refused | null): void {
    if (refused !== null) fail(calculation, refused.error, refused.index)
  }

  function complete (calculation: Calculation, index: number, result: number): void {
    const task = taskAt(calculation, index)
    if (task.state === 'ready') line.remove(calculation, index)
    holds.letGo(task)
    const started = calculation.startedAt !== null
    // −0 + 0 is 0: a negative zero is never kept.
    const ready = commit({ do: 'complete', id: calculation.id, task: index, value: result + 0, at: clock.now() })
    if (!isOpen(calculation)) return over(calculation, () => {})
    // A result that nobody had claimed begins it, like a claim.
    if (!started) begin(calculation)
    makeReady(calculation, ready)
  }

  function giveBack (calculation: Calculation, index: number, how: 'release' | 'retry'): void {
    holds.letGo(taskAt(calculation, index))
    makeReady(calculation, commit({ do: how, id: calculation.id, task: index, at: clock.now() }))
  }

  function reportOne (report: Report): Outcome {
    if (isForeign(issuer, report.lease)) return 'unknown'
    const calculation = ledger.findByTask(report.task)
    if (calculation === undefined) return 'unknown'
    const index = report.task - calculation.firstTask
    const { outcome, effect } = decideReport(peekTask(calculation, index), report, rules)
    if ('result' in report) {
      if (effect === 'complete') complete(calculation, index, report.result)
    } else {
      const { code, message } = report.error
      if (effect === 'fail') fail(calculation, { code, message }, index)
      if (effect === 'exhaust') failAt(calculation, index, 'operation_failed', { reason: message })
      if (effect === 'retry') giveBack(calculation, index, 'retry')
    }
    return outcome
  }

  /** What the holder of a lease wants, or why it does not get it. */
  function asHolder ({ task: id, lease }: LeaseRef, act: (calculation: Calculation, index: number) => void): Outcome {
    if (isForeign(issuer, lease)) return 'unknown'
    const calculation = ledger.findByTask(id)
    if (calculation === undefined) return 'unknown'
    const index = id - calculation.firstTask
    const outcome = decideLease(peekTask(calculation, index), lease)
    if (outcome === 'accepted') act(calculation, index)
    return outcome
  }

  /** Answers the lease that ended, if it was one. */
  function endHold ({ calculation, index }: Deadline): ExpiredLease | null {
    if (index === null) {
      fail(calculation, failure('calculation_timeout', { seconds: rules.timeoutMs! / 1000 }))
      return null
    }
    const task = taskAt(calculation, index)
    const { attempts, agent } = task
    const decision = decideDeadline(task, rules)
    if (decision === 'fail') {
      failAt(calculation, index, 'attempts_exhausted', { attempts })
      return null
    }
    if (decision === 'retry') {
      giveBack(calculation, index, 'retry')
    } else {
      commit({ do: 'suspend', id: calculation.id, task: index, at: clock.now() })
      holdTask(calculation, index)
    }
    return {
      task: calculation.firstTask + index,
      expression: calculation.id,
      agent,
      attempt: attempts,
      isReadyAgain: decision === 'retry'
    }
  }

  function lease (calculation: Calculation, index: number, { lease, leaseMs, agent, local }: Grant): void {
    const starts = calculation.startedAt === null
    commit({
      do: 'claim', id: calculation.id, task: index, lease, leaseMs, agent, ...local && { local }, at: clock.now()
    })
    holdTask(calculation, index)
    if (starts) begin(calculation)
  }

  /** Announces the next deadline where a verb has brought it forward; those after it are the answers of `expire`. */
  function announceDeadline (): void {
    const deadline = holds.next()?.deadline ?? Infinity
    if (deadline >= announcedDeadline) return
    announcedDeadline = deadline
    announce({ type: 'deadline', inMs: deadline - clock.monotonic() })
  }

  const views = createViews({ ledger, line, holds, retention })
  const queue: Queue = {
    ...views,

    submit (submission) {
      const { source, plan, idempotency } = submission
      const earlier = idempotency === undefined ? null : views.findByKey(idempotency)
      if (earlier !== null) return earlier
      queue.admit({ source, operations: plan.operations.length })
      const id = ledger.nextId
      const submitted = storedSubmitOf(submission, { id, firstTask: ledger.nextTask, at: clock.now() })
      keep(submitted)
      ledger.submit(submitted, plan)
      revision++
      const calculation = ledger.find(id)!
      retention.opened(calculation)
      if (isOpen(calculation)) endAt(calculation, enlistOpening(entrance, calculation))
      else finish(calculation)
      arrivals.announce()
      return describe(calculation)
    },

    admit ({ source, operations }) {
      refuseBeyondLimits(rules, retention, operations, memoryEstimateOf(source, operations))
    },

    claim (claim) {
      const claimed = handOut(claim)
      announceDeadline()
      return claimed
    },

    report (reports) {
      const outcomes = reports.map(reportOne)
      arrivals.announce()
      announceDeadline()
      return outcomes
    },

    reportAndClaim (reports, claim) {
      const outcomes = reports.map(reportOne)
      const claimed = handOut(claim)
      arrivals.announce()
      announceDeadline()
      return { outcomes, claimed }
    },

    renew: leases => leases.map(lease => asHolder(lease, renew)),
    check: leases => leases.map(lease => asHolder(lease, () => {})),

    release (leases) {
      const outcomes = leases.map(lease =>
        asHolder(lease, (calculation, index) => giveBack(calculation, index, 'release')))
      arrivals.announce()
      return outcomes
    },

    expire () {
      const now = clock.monotonic()
      let next = holds.next()
      const leases: ExpiredLease[] = []
      for (; next !== undefined && next.deadline <= now; next = holds.next()) {
        const lost = endHold(next)
        if (lost !== null) leases.push(lost)
      }
      arrivals.announce()
      if (leases.length > 0) announce({ type: 'expired', leases })
      announcedDeadline = next?.deadline ?? Infinity
      return next === undefined ? null : next.deadline - now
    },

    cancel (id) {
      const calculation = ledger.find(id)
      if (calculation === undefined) return 'unknown'
      if (!isOpen(calculation)) return 'ignored'
      over(calculation, () => commit({ do: 'cancel', id, at: clock.now() }))
      return 'accepted'
    },

    retrieve (id) {
      const calculation = ledger.find(id)
      if (calculation === undefined) return 'unknown'
      if (calculation.status !== 'completed' || calculation.retrievedAt !== null) return 'ignored'
      commit({ do: 'retrieve', id, at: clock.now() })
      return 'accepted'
    },

    listVersion () {
      era ||= newLease()
      return `${era}.${revision}`
    }
  }
  return queue
}
