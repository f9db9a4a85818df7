import { test } from 'tap'
import type { TaskState } from '../../../src/core/queue/calculation.js'
import {
  type TaskFacts, decideDeadline, decideLease, decideReport
} from '../../../src/core/queue/decisions.js'
import type { Report } from '../../../src/core/store.js'

const LIMIT = { attempts: 3 }

/** Of every report the lease: none, the current one of a leased task, or one that is not current. */
const LEASES = { none: null, current: 'current', other: 'other' }

/** The forms of a report. */
const FORMS: Readonly<Record<string, (lease: string | null) => Report>> = {
  result: lease => ({ task: 1, lease, result: 3 }),
  retryable: lease => ({ task: 1, lease, error: { code: 'c', message: 'm', retryable: true } }),
  final: lease => ({ task: 1, lease, error: { code: 'c', message: 'm', retryable: false } })
}

const ALWAYS = (decision: string): Record<string, Record<keyof typeof LEASES, string>> => ({
  result: { none: decision, current: decision, other: decision },
  retryable: { none: decision, current: decision, other: decision },
  final: { none: decision, current: decision, other: decision }
})

/** The decision, `outcome effect`, by state, form of the report and lease; for a task with attempts left. */
const REPORTS: Readonly<Record<TaskState, Record<string, Record<keyof typeof LEASES, string>>>> = {
  waiting: ALWAYS('unknown'),
  ready: {
    result: { none: 'accepted complete', current: 'accepted complete', other: 'accepted complete' },
    retryable: { none: 'accepted', current: 'superseded', other: 'superseded' },
    final: { none: 'accepted', current: 'superseded', other: 'superseded' }
  },
  leased: {
    result: { none: 'accepted complete', current: 'accepted complete', other: 'accepted complete' },
    retryable: { none: 'accepted retry', current: 'accepted retry', other: 'superseded' },
    final: { none: 'accepted retry', current: 'accepted fail', other: 'superseded' }
  },
  overdue: {
    result: { none: 'accepted complete', current: 'accepted complete', other: 'accepted complete' },
    retryable: { none: 'accepted', current: 'superseded', other: 'superseded' },
    final: { none: 'accepted', current: 'superseded', other: 'superseded' }
  },
  completed: ALWAYS('ignored'),
  failed: ALWAYS('ignored'),
  dropped: ALWAYS('ignored')
}

const STATES = Object.keys(REPORTS) as TaskState[]

/** Only a leased task has a lease. */
function taskIn (state: TaskState, attempts = 1): TaskFacts {
  return { state, lease: state === 'leased' ? 'current' : null, attempts }
}

test('a report is decided by the state of its task, its form and its lease', async t => {
  for (const [state, forms] of Object.entries(REPORTS) as Array<[TaskState, typeof REPORTS[TaskState]]>) {
    for (const [form, decisions] of Object.entries(forms)) {
      for (const [which, lease] of Object.entries(LEASES) as Array<[keyof typeof LEASES, string | null]>) {
        const { outcome, effect } = decideReport(taskIn(state), FORMS[form]!(lease), LIMIT)
        t.equal([outcome, effect ?? []].flat().join(' '), decisions[which], `${state}, ${form}, ${which} lease`)
      }
    }
  }
})

test('an error that may be retried spends the last attempt too', async t => {
  for (const [attempts, effect] of [[1, 'retry'], [2, 'retry'], [3, 'exhaust'], [4, 'exhaust']] as const) {
    for (const report of [FORMS['retryable']!('current'), FORMS['retryable']!(null), FORMS['final']!(null)]) {
      t.same(decideReport(taskIn('leased', attempts), report, LIMIT), { outcome: 'accepted', effect })
    }
  }
  const failing = decideReport(taskIn('leased', 3), FORMS['final']!('current'), LIMIT)
  t.same(failing, { outcome: 'accepted', effect: 'fail' }, 'a final error ends the expression with any attempt')
})

test('a report for an unknown task is unknown', async t => {
  for (const form of Object.values(FORMS)) {
    for (const lease of Object.values(LEASES)) {
      t.same(decideReport(undefined, form(lease), LIMIT), { outcome: 'unknown', effect: null })
    }
  }
})

test('only the current lease is renewed and released', async t => {
  const outcomes = STATES.map(state => [state, ...['current', 'other'].map(lease => decideLease(taskIn(state), lease))])
  t.same(outcomes, [
    ['waiting', 'superseded', 'superseded'],
    ['ready', 'superseded', 'superseded'],
    ['leased', 'accepted', 'superseded'],
    ['overdue', 'superseded', 'superseded'],
    ['completed', 'ignored', 'ignored'],
    ['failed', 'ignored', 'ignored'],
    ['dropped', 'ignored', 'ignored']
  ])
  t.equal(decideLease(undefined, 'current'), 'unknown')
})

test('a deadline gives the task another attempt, or the last time for a late result, or fails it', async t => {
  t.same([1, 2, 3, 4].map(attempts => decideDeadline(taskIn('leased', attempts), LIMIT)),
    ['retry', 'retry', 'suspend', 'suspend'])
  t.same([1, 3].map(attempts => decideDeadline(taskIn('overdue', attempts), LIMIT)), ['fail', 'fail'])
})
