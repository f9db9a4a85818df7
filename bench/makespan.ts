/**
 * How near the schedule comes to what is possible, simulated: for each shape and each number of
 * agents the makespan over max(span, work ÷ agents). 1 cannot be beaten; list scheduling never
 * gets above 2 − 1/agents (Graham, 1966). Takes seconds, whatever the operations take.
 *
 *     npx tsc -p bench && node bench/dist/bench/makespan.js
 */
import { DEFAULT_LIMITS } from '../src/core/language/limits.js'
import { OPERATIONS } from '../src/core/operations.js'
import { type Optimization, PASSES } from '../src/core/plan/passes.js'
import type { Plan } from '../src/core/plan/plan.js'
import { planExpression } from '../src/core/plan/planner.js'
import { type Job, boundOf, simulate } from './simulate.js'

const AGENTS = [1, 2, 3, 4, 8, 16, 32, 64]

/** Kinds that take different times, as they do by default. */
const TIMES = new Map([...OPERATIONS.keys()].map(symbol => [symbol, '+-'.includes(symbol) ? 1000 : 2000]))

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
  const parts = Array.from({ length: operations + 1 }, () => `${chance(100)}.5`)
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
  return Array.from({ length: count }, (_, index) => index + 1).join('+')
}

const chance = createChance(20_260_131)
const jobs = (...plans: Plan[]): Job[] => plans.map(plan => ({ plan }))

const SHAPES: ReadonlyArray<readonly [string, readonly Job[]]> = [
  ['chain of 1,000', jobs(planOf('.5' + '+.5'.repeat(1000)))],
  ['1+2+…+1000, as written', jobs(planOf(sequence(1000)))],
  ['1+2+…+1000, balanced', jobs(planOf(sequence(1000), 'exact'))],
  ['full tree of 1,023', jobs(planOf(tree(1024, '*')))],
  ['comb of 500 products', jobs(planOf('.5*.5-('.repeat(499) + '.5*.5' + ')'.repeat(499)))],
  ['random, 1,000', jobs(planOf(randomSource(1000, chance)))],
  ['random, 10,000', jobs(planOf(randomSource(10_000, chance)))],
  ['200 × 1+2*3-4+5*6-7+8-9', jobs(...Array.from({ length: 200 }, () => planOf('1+2*3-4+5*6-7+8-9')))],
  ['100 random, 1 to 100', jobs(...Array.from({ length: 100 }, () => planOf(randomSource(1 + chance(100), chance))))],
  ['one of 10,000 and 100 of 9', jobs(
    planOf(randomSource(10_000, chance)), ...Array.from({ length: 100 }, () => planOf(randomSource(9, chance))))]
]

const rows = SHAPES.map(([what, shape]) => [what, ...AGENTS.map(agents =>
  (simulate(shape, agents).makespanMs / boundOf(shape, agents)).toFixed(3))])
const heads = ['makespan ÷ max(span, work ÷ agents)', ...AGENTS.map(agents => agents === 1 ? '1 agent' : `${agents}`)]
const limits = ['never above 2 − 1/agents', ...AGENTS.map(agents => (2 - 1 / agents).toFixed(3))]
const widths = heads.map((_, column) => Math.max(...[heads, limits, ...rows].map(row => row[column]!.length)))
for (const row of [heads, widths.map(width => '-'.repeat(width)), ...rows, limits]) {
  process.stdout.write(`| ${row.map((cell, column) => cell.padEnd(widths[column]!)).join(' | ')} |\n`)
}
