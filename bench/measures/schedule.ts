import { DEFAULT_LIMITS } from '../../src/core/language/limits.js'
import { OPERATIONS } from '../../src/core/operations.js'
import { type Optimization, PASSES } from '../../src/core/plan/passes.js'
import type { Plan } from '../../src/core/plan/plan.js'
import { planExpression } from '../../src/core/plan/planner.js'
import type { Measure } from '../measure.js'
import { type Job, boundOf, simulate } from '../simulate.js'
import { figure } from '../statistics.js'
import { atMost, grid } from '../table.js'
import { range } from '../workload.js'

const AGENTS = [1, 2, 3, 4, 8, 16, 32, 64]

/** Different times for different kinds, as by default. */
const TIMES = new Map([...OPERATIONS.keys()].map(symbol => [symbol, '+-'.includes(symbol) ? 1000 : 2000]))

/**
 * How close the schedule comes to the optimum, in simulated time: for each shape and each number of agents the makespan
 * over max(span, work ÷ agents). 1 is optimal; list scheduling never exceeds 2 − 1/agents (Graham, 1966).
 */
export const schedule: Measure = {
  name: 'schedule',
  about: 'the simulated makespan of ten shapes for 1 to 64 agents, beside the lower bound',

  async run ({ append }) {
    const ratios = shapes().map(([what, jobs]) => ({
      what, ratios: AGENTS.map(agents => simulate(jobs, agents).makespanMs / boundOf(jobs, agents))
    }))
    append('Simulated makespan ÷ max(span, work ÷ agents), by number of agents', grid([
      ['shape', ...AGENTS.map(String)],
      ...ratios.map(({ what, ratios }) => [what, ...ratios.map(ratio => ratio.toFixed(3))]),
      ['never above 2 − 1/agents', ...AGENTS.map(agents => grahamBound(agents).toFixed(3))]
    ]))
    const worst = AGENTS.map((_, at) => Math.max(...ratios.map(({ ratios }) => ratios[at]!)))
    const ofBound = worst.map((ratio, at) => ratio / grahamBound(AGENTS[at]!))
    return [{
      what: 'simulated schedules: makespan ÷ max(span, work ÷ agents)',
      measured: figure(worst, ''),
      reference: { what: '2 − 1/agents', figure: figure(AGENTS.map(grahamBound), '') },
      ratio: Math.max(...ofBound),
      target: atMost(Math.max(...ofBound), 1)
    }]
  }
}

function grahamBound (agents: number): number {
  return 2 - 1 / agents
}

function planOf (source: string, optimization: Optimization = 'none'): Plan {
  return planExpression(source, { times: TIMES, limits: DEFAULT_LIMITS, passes: PASSES[optimization] })
}

/** The same sequence in every run (mulberry32). */
function createChance (seed: number): (below: number) => number {
  let state = seed
  return below => {
    state = (state + 0x6D2B79F5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below
  }
}

/** A random expression: the text of `operations` operations over fractions, joined in a random order. */
function randomSource (operations: number, chance: (below: number) => number): string {
  const parts = range(operations + 1).map(() => `${chance(100)}.5`)
  while (parts.length > 1) {
    const at = chance(parts.length - 1)
    const [left, right] = parts.splice(at, 2)
    parts.splice(at, 0, `(${left}${'+-*/'[chance(4)]}${right})`)
  }
  return parts[0]!
}

function tree (leaves: number, sign: string): string {
  return leaves === 1 ? '.5' : `(${tree(leaves >> 1, sign)}${sign}${tree(leaves - (leaves >> 1), sign)})`
}

function sequence (count: number): string {
  return range(count).map(index => index + 1).join('+')
}

function shapes (): ReadonlyArray<readonly [string, readonly Job[]]> {
  const chance = createChance(20_260_131)
  const jobs = (...plans: Plan[]): Job[] => plans.map(plan => ({ plan }))
  return [
    ['chain of 1,000', jobs(planOf('.5' + '+.5'.repeat(1000)))],
    ['1+2+…+1000, as written', jobs(planOf(sequence(1000)))],
    ['1+2+…+1000, balanced', jobs(planOf(sequence(1000), 'exact'))],
    ['full tree of 1,023', jobs(planOf(tree(1024, '*')))],
    ['comb of 500 products', jobs(planOf('.5*.5-('.repeat(499) + '.5*.5' + ')'.repeat(499)))],
    ['random, 1,000', jobs(planOf(randomSource(1000, chance)))],
    ['random, 10,000', jobs(planOf(randomSource(10_000, chance)))],
    ['200 × 1+2*3-4+5*6-7+8-9', jobs(...range(200).map(() => planOf('1+2*3-4+5*6-7+8-9')))],
    ['100 random, 1 to 100', jobs(...range(100).map(() => planOf(randomSource(1 + chance(100), chance))))],
    ['one of 10,000 and 100 of 9', jobs(
      planOf(randomSource(10_000, chance)), ...range(100).map(() => planOf(randomSource(9, chance))))]
  ]
}
