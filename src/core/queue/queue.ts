import { refuseBeyondLimits } from './admission.js'
import { attemptOfResult } from './attempts.js'
import { type Calculation, isOpen, peekTask, taskAt } from './calculation.js'
import { createChanges } from './changes.js'
import { createClaim } from './claim.js'
import type { Clock } from '../clock.js'
import { type Deadline, createDeadlines } from './deadlines.js'
import { decideDeadline, decideLease, decideReport } from './decisions.js'
import { describe } from './describe.js'
import { createEffects } from './effects.js'
import { failure } from '../errors.js'
import type { Expression } from '../expression.js'
import { isForeign } from './lease-token.js'
import type { Ledger } from './ledger.js'
import { memoryEstimateOf } from './memory-estimate.js'
import { createReadyNotice } from './ready-notice.js'
import { createRetention } from './retention.js'
import { createSchedule } from './schedule.js'
import type {
  Change, Claim, ClaimedTask, ExpiredLease, Intent, LeaseRef, Outcome, Report, Reported, StoreRules, Submission
} from '../store.js'
import type { Transition, WrittenSubmit } from './transition.js'
import { createViews } from './views.js'

export interface QueueOptions {
  /** May hold what an earlier process left. */
  readonly ledger: Ledger
  readonly clock: Clock
  readonly rules: StoreRules
  /** The name of the store. */
  readonly issuer: string
  /** A token of this store that no claim ever had, in this process or another. */
  readonly newLease: () => string
  /** Called with every transition, in order, before it is applied. */
  readonly append: (transition: Transition | WrittenSubmit) => void
  readonly announce: (change: Change) => void
}

export type Queue = ReturnType<typeof createQueue>

/**
 * The verbs of the store (see `Store`) on a queue in memory: each decides, applies and announces what its call does.
 * Synchronous, so that each verb is atomic; the stores around it add the promises.
 */
export function createQueue ({ ledger, clock, rules, issuer, newLease, append, announce }: QueueOptions) {
  const schedule = createSchedule()
  const deadlines = createDeadlines(clock)
  const retention = createRetention(ledger.all())
  const readyNotice = createReadyNotice(announce)
  /** As unique as a lease: another process, or this one after a repair, may have another list at the same revision. */
  let era = ''
  let revision = 0
  /** On the monotonic clock: the next deadline that `expire` or an announcement has named. */
  let announcedDeadline = Infinity
  const changes = createChanges({ ledger, clock, newLife: newLease, announce })
  const effects = createEffects({
    ledger,
    schedule,
    deadlines,
    retention,
    readyNotice,
    clock,
    rules,
    append,
    announce,
    onApplied: changes.applied,
    onListed (id) {
      revision++
      changes.listed(id)
    }
  })
  const claimTasks = createClaim({ schedule, readyNotice, rules, newLease, grant: effects.claim })
  const views = createViews({ ledger, schedule, deadlines, retention })
  effects.restore()

  function reportOne (report: Report): Outcome {
    if (isForeign(issuer, report.lease)) return 'unknown'
    const calculation = ledger.findByTask(report.task)
    if (calculation === undefined) return 'unknown'
    const index = report.task - calculation.firstTask
    const task = peekTask(calculation, index)
    const { outcome, effect } = decideReport(task, report, rules)
    if ('result' in report) {
      const { result, lease } = report
      if (effect === 'complete') effects.complete(calculation, index, result, attemptOfResult(task, lease))
    } else {
      const { code, message } = report.error
      if (effect === 'fail') effects.fail(calculation, { code, message }, index)
      if (effect === 'exhaust') effects.failAt(calculation, index, 'operation_failed', { reason: message }, message)
      if (effect === 'retry') effects.makeReadyAgain(calculation, index, { do: 'retry', outcome: 'failed', message })
    }
    return outcome
  }

  /** Calls `act` if the lease is current. */
  function withLease ({ task: id, lease }: LeaseRef, act: (calculation: Calculation, index: number) => void): Outcome {
    if (isForeign(issuer, lease)) return 'unknown'
    const calculation = ledger.findByTask(id)
    if (calculation === undefined) return 'unknown'
    const index = id - calculation.firstTask
    const outcome = decideLease(peekTask(calculation, index), lease)
    if (outcome === 'accepted') act(calculation, index)
    return outcome
  }

  /** Returns the lease that expired, if it was a lease. */
  function expireOne ({ calculation, index }: Deadline): ExpiredLease | null {
    if (index === null) {
      effects.fail(calculation, failure('calculation_timeout', { seconds: rules.timeoutMs! / 1000 }))
      return null
    }
    const task = taskAt(calculation, index)
    const { attempts, agent } = task
    const decision = decideDeadline(task, rules)
    if (decision === 'fail') {
      effects.failAt(calculation, index, 'attempts_exhausted', { attempts })
      return null
    }
    if (decision === 'retry') effects.makeReadyAgain(calculation, index, { do: 'retry', outcome: 'expired' })
    else effects.suspend(calculation, index)
    return {
      task: calculation.firstTask + index,
      expression: calculation.id,
      agent,
      attempt: attempts,
      isReadyAgain: decision === 'retry'
    }
  }

  /** Announces the next deadline if a verb has brought it forward. `expire` returns the later ones. */
  function announceDeadline (): void {
    const at = deadlines.next()?.at ?? Infinity
    if (at >= announcedDeadline) return
    announcedDeadline = at
    announce({ type: 'deadline', inMs: at - clock.monotonic() })
  }

  function admit ({ source, operations }: Intent): void {
    refuseBeyondLimits(rules, {
      expressions: { open: retention.openExpressions, added: 1 },
      operations: { open: retention.openOperations, added: operations },
      bytes: { open: retention.openBytes, added: memoryEstimateOf(source, operations) }
    })
  }

  return {
    ...views,
    changesOf: changes.changesOf,
    listChanges: changes.listChanges,
    admit,

    submit (submission: Submission): Expression {
      const { source, plan, idempotency } = submission
      const earlier = idempotency === undefined ? null : views.findByKey(idempotency)
      if (earlier !== null) return earlier
      admit({ source, operations: plan.operations.length })
      const calculation = effects.submit(submission)
      readyNotice.announce()
      return describe(calculation)
    },

    claim (claim: Claim): ClaimedTask[] {
      const claimed = claimTasks(claim)
      announceDeadline()
      return claimed
    },

    report (reports: readonly Report[]): Outcome[] {
      const outcomes = reports.map(reportOne)
      readyNotice.announce()
      announceDeadline()
      return outcomes
    },

    reportAndClaim (reports: readonly Report[], claim: Claim): Reported {
      const outcomes = reports.map(reportOne)
      const claimed = claimTasks(claim)
      readyNotice.announce()
      announceDeadline()
      return { outcomes, claimed }
    },

    renew: (leases: readonly LeaseRef[]) => leases.map(lease => withLease(lease, effects.renew)),
    check: (leases: readonly LeaseRef[]) => leases.map(lease => withLease(lease, () => {})),

    release (leases: readonly LeaseRef[]): Outcome[] {
      const outcomes = leases.map(lease => withLease(lease, (calculation, index) => {
        effects.makeReadyAgain(calculation, index, { do: 'release' })
      }))
      readyNotice.announce()
      return outcomes
    },

    expire (): number | null {
      const now = clock.monotonic()
      let next = deadlines.next()
      const leases: ExpiredLease[] = []
      for (; next !== undefined && next.at <= now; next = deadlines.next()) {
        const expired = expireOne(next)
        if (expired !== null) leases.push(expired)
      }
      readyNotice.announce()
      if (leases.length > 0) announce({ type: 'expired', leases })
      announcedDeadline = next?.at ?? Infinity
      return next === undefined ? null : next.at - now
    },

    cancel (id: number): Outcome {
      const calculation = ledger.find(id)
      if (calculation === undefined) return 'unknown'
      if (!isOpen(calculation)) return 'ignored'
      effects.cancel(calculation)
      return 'accepted'
    },

    retrieve (id: number): Outcome {
      const calculation = ledger.find(id)
      if (calculation === undefined) return 'unknown'
      if (calculation.status !== 'completed' || calculation.retrievedAt !== null) return 'ignored'
      effects.retrieve(calculation)
      return 'accepted'
    },

    listVersion (): string {
      era ||= newLease()
      return `${era}.${revision}`
    }
  }
}
