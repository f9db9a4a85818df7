import fc from 'fast-check'
import { test } from 'tap'
import type { StoreRules } from '../../../src/core/store.js'
import { createManualClock } from '../../manual-clock.js'
import { RULES, RUNS, type StoreFixture } from '../fixture.js'
import { agrees } from './agreement.js'
import { type Step, steps } from './steps.js'

/** Rules so tight that each of them decides something every now and then. */
export const TIGHT: StoreRules = {
  ...RULES, leaseMs: 1_000, attempts: 2, timeoutMs: 9_000, retain: 4, openExpressions: 6, openOperations: 14
}

/** What must have happened for the property to mean something. */
const WANTED = [
  'claimed', 'together', 'jump', 'late result: accepted', 'second result: ignored', 'result without a token: accepted',
  'result of another store: unknown', 'final error: accepted', 'final error: superseded', 'retryable error: accepted',
  'retryable error without a token: accepted', 'cancel: accepted', 'retrieve: accepted',
  'report of an ended attempt, ready', 'report of an ended attempt, leased',
  ...['renew', 'release', 'check'].flatMap(verb => ['accepted', 'superseded'].map(outcome => `${verb}: ${outcome}`))
]

/** The step with at most one report in each verb. */
export function withOneReport (step: Step): Step {
  if (step.do === 'together') return { ...step, steps: step.steps.map(withOneReport) }
  return step.do === 'report' ? { ...step, reports: step.reports.slice(0, 1) } : step
}

/** Any history of one process is answered as by the model; every implementation runs it, beside `conformance`. */
export function modelConformance (
  fixture: StoreFixture, runs = RUNS, rules = TIGHT, suit = (step: Step): Step => step
): void {
  const name = `any sequence of verbs is answered as the model says, with ${rules.retain} retained`
  test(`${fixture.name}: ${name}`, async t => {
    const counts = new Map<string, number>()
    const count = (what: string): void => { counts.set(what, (counts.get(what) ?? 0) + 1) }
    // Where several servers can write, the last sign of life is the latest, not the one written last.
    const forwards = (step: Step): Step => step.do === 'jump' ? { ...step, ms: Math.abs(step.ms) } : step
    const direct = fixture.signsOfLife === true ? forwards : (step: Step): Step => step
    const histories = steps.map(list => list.map(step => suit(direct(step))))
    // With one attempt, tasks are soon overdue.
    await fc.assert(fc.asyncProperty(fc.constantFrom(1, 2), histories, async (attempts, list) => {
      const clock = createManualClock()
      const { store, close } = await fixture.open(t, { clock, rules: { ...rules, attempts } })
      try {
        await agrees({ store }, clock, { ...rules, attempts }, list, count)
      } finally {
        await close()
      }
    }), { numRuns: runs, seed: 1, endOnFailure: fixture.signsOfLife === true })
    for (const what of WANTED) t.ok((counts.get(what) ?? 0) >= Math.max(1, runs / 50), `${what}: ${counts.get(what)}`)
  })
}
