/** How good the schedule is, on a simulated clock: no time passes and none is asserted of this machine. */
import fc from 'fast-check'
import { test } from 'tap'
import { type Job, boundOf, simulate } from '../../../bench/simulate.js'
import { DEFAULT_LIMITS } from '../../../src/core/language/limits.js'
import { PASSES } from '../../../src/core/plan/passes.js'
import { type Operand, type OperationSeed, type Plan, createPlan } from '../../../src/core/plan/plan.js'
import { planExpression } from '../../../src/core/plan/planner.js'

const SYMBOLS = ['+', '-', '*', '/']

/** Trees of all shapes; each operation takes a time out of `times`. */
function treesOf (times: readonly number[], maxLength = 60): fc.Arbitrary<Plan> {
  const choice = fc.record({ joins: fc.nat(2), at: fc.nat(1000), timeMs: fc.constantFrom(...times), symbol: fc.nat(3) })
  return fc.array(choice, { minLength: 1, maxLength }).map(choices => {
    const operations: OperationSeed[] = []
    /** Operations that nothing takes yet. */
    const roots: number[] = []
    const take = (at: number): Operand => roots.length === 0 ? 1 : { of: roots.splice(at % roots.length, 1)[0]! }
    const add = (left: Operand, right: Operand, timeMs: number, symbol: number): void => {
      roots.push(operations.push({ symbol: SYMBOLS[symbol]!, left, right, timeMs }) - 1)
    }
    for (const { joins, at, timeMs, symbol } of choices) {
      add(joins > 0 ? take(at) : 1, joins > 1 ? take(at * 7) : 2, timeMs, symbol)
    }
    while (roots.length > 1) add(take(0), take(0), times[0]!, 0)
    return createPlan(operations, { of: roots[0]! })
  })
}

const agentsOf = fc.oneof(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 64 }))

/** Every operation once, none before its operands, no agent with two at a time. */
function isSound (jobs: readonly Job[], agents: number, { runs }: ReturnType<typeof simulate>): boolean {
  const ends = new Map(runs.map(({ job, index, endMs }) => [`${job} ${index}`, endMs]))
  const operations = jobs.reduce((sum, { plan }) => sum + plan.operations.length, 0)
  if (runs.length !== operations || ends.size !== operations) return false
  return runs.every(({ job, index, startMs }) => {
    const { left, right } = jobs[job]!.plan.operations.at(index)!
    const isDone = (operand: Operand) => typeof operand === 'number' || ends.get(`${job} ${operand.of}`)! <= startMs
    const atWork = runs.filter(run => run.startMs <= startMs && run.endMs > startMs).length
    return isDone(left) && isDone(right) && atWork <= agents
  })
}

test("the makespan keeps list scheduling's bound, for one expression and for many", async t => {
  const forests = fc.array(treesOf([1, 2, 3, 7, 50]), { minLength: 1, maxLength: 5 })
  let worst = 0
  fc.assert(fc.property(forests, agentsOf, (plans, agents) => {
    const jobs = plans.map(plan => ({ plan }))
    const simulation = simulate(jobs, agents)
    if (!isSound(jobs, agents, simulation)) throw new Error('the schedule is none')
    const workMs = plans.reduce((sum, { effort }) => sum + effort.workMs, 0)
    const spanMs = Math.max(...plans.map(({ effort }) => effort.spanMs))
    const { makespanMs } = simulation
    if (makespanMs < boundOf(jobs, agents)) throw new Error('faster than is possible')
    // Graham, 1966; it implies (2 − 1/m) · max(span, work/m).
    if (makespanMs > workMs / agents + (1 - 1 / agents) * spanMs + 1e-9) throw new Error(`${makespanMs} is too long`)
    worst = Math.max(worst, makespanMs / boundOf(jobs, agents))
  }), { numRuns: 1_000 })
  t.ok(worst > 1 && worst < 2, `at worst ${worst}`)
})

/** How long unit-time operations of a tree take at least (Hu, 1961): what is above a level is done before it. */
function huOptimum ({ operations }: Plan, agents: number): number {
  const highest = Math.max(...Array.from(operations, ({ pathMs }) => pathMs))
  let optimum = 0
  for (let level = 0; level < highest; level++) {
    const above = [...operations].filter(({ pathMs }) => pathMs > level).length
    optimum = Math.max(optimum, level + Math.ceil(above / agents))
  }
  return optimum
}

test("trees of operations that all take the same time are done in Hu's optimum", async t => {
  let beyondBound = 0
  fc.assert(fc.property(treesOf([1], 200), agentsOf, (plan, agents) => {
    const { makespanMs } = simulate([{ plan }], agents)
    if (makespanMs !== huOptimum(plan, agents)) throw new Error(`${makespanMs}, not ${huOptimum(plan, agents)}`)
    if (makespanMs > Math.ceil(boundOf([{ plan }], agents))) beyondBound++
  }), { numRuns: 1_000 })
  t.ok(beyondBound > 0, 'also where that is more than span and work alone tell')
})

const SAME = new Map([['+', 100], ['-', 100], ['*', 100], ['/', 100]])

function planOf (source: string): Plan {
  return planExpression(source, { times: SAME, limits: DEFAULT_LIMITS, passes: PASSES.exact })
}

test('1+2+…+64 of 100 ms takes 32 agents 600 ms, and one agent all the work', async t => {
  const plan = planOf(Array.from({ length: 64 }, (_, index) => index + 1).join('+'))
  t.equal(simulate([{ plan }], 32).makespanMs, 600)
  t.equal(simulate([{ plan }], 64).makespanMs, 600)
  t.equal(simulate([{ plan }], 1).makespanMs, 6300)
})

const LARGE = planOf('1' + '+1'.repeat(100_000))
const SMALL = planOf('(1+2)*3-4')

test('100,000 operations delay three that come after them by no more than one round', async t => {
  t.equal(LARGE.operations.length, 100_000)
  const jobs: Job[] = [{ plan: LARGE }, { plan: SMALL, atMs: 250 }]
  // Each of the three waits for who is at work, and from then on takes its turn.
  t.equal(simulate(jobs, 8).doneMs[1], 300 + 3 * 100)
  t.equal(simulate(jobs, 2).doneMs[1], 300 + 3 * 100)
  const { runs, doneMs } = simulate(jobs, 1)
  const first = runs.findIndex(({ job }) => job === 1)
  t.strictSame(runs.slice(first - 1, first + 6).map(({ job }) => job), [0, 1, 0, 1, 0, 1, 0], 'one agent takes turns')
  t.ok(doneMs[1]! <= 300 + 2 * 3 * 100)
})

test('among many expressions each waits for one operation of each other at most', async t => {
  const others = 20
  const jobs: Job[] = [
    ...Array.from({ length: others }, () => ({ plan: planOf('.5+' + '(1*2)+'.repeat(50) + '1') })),
    { plan: SMALL, atMs: 150 }
  ]
  const { runs } = simulate(jobs, 3)
  const places = runs.flatMap(({ job }, place) => job === others ? place : [])
  t.equal(places.length, 3)
  const arrived = runs.findIndex(({ startMs }) => startMs > 150)
  t.ok(places[0]! - arrived <= others)
  const readyAt = (place: number) => runs.findIndex(({ startMs }) => startMs >= runs[place]!.endMs)
  t.ok(places[1]! - readyAt(places[0]!) <= others)
  t.ok(places[2]! - readyAt(places[1]!) <= others)
})
