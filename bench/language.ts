/**
 * How long texts of 100,000 operations take from text to plan, and in which step; in ms, the
 * median of a few runs. The design asks for well under a second.
 *
 *     npx tsc -p bench && node bench/dist/bench/language.js
 */
import { DEFAULT_LIMITS } from '../src/core/language/limits.js'
import { parse } from '../src/core/language/parser.js'
import { print } from '../src/core/language/print.js'
import { OPERATIONS } from '../src/core/operations.js'
import { createPlan } from '../src/core/plan/plan.js'
import { draftPlan } from '../src/core/plan/planner.js'
import { reassociate } from '../src/core/plan/reassociate.js'
import { share } from '../src/core/plan/share.js'

const N = 100_000
const RUNS = 5

const times = new Map([...OPERATIONS.keys()].map(symbol => [symbol, symbol === '-' ? 150 : 100]))
const options = { times, limits: DEFAULT_LIMITS, variables: new Map([['x', 2]]) }

const SHAPES: ReadonlyArray<readonly [string, string]> = [
  ['100,000 parentheses around 1+1', '('.repeat(N) + '1+1' + ')'.repeat(N)],
  ['1+1+1+…', '1' + '+1'.repeat(N)],
  ['1-2-3-…', Array.from({ length: N + 1 }, (_, index) => index).join('-')],
  ['.1+.1+.1+…', '.1' + '+.1'.repeat(N)],
  ['1*1*1*…', '1' + '*1'.repeat(N)],
  ['1^1^1^…', '1' + '^1'.repeat(N)],
  ['------…(1+1)', '-'.repeat(N) + '(1+1)'],
  ['-(-(-(…', '-('.repeat(N) + '1' + ')'.repeat(N)],
  ['1-(1-(1-(…', '1-('.repeat(N) + '1' + ')'.repeat(N)],
  ['sin(sin(sin(…', 'sin('.repeat(N) + 'x' + ')'.repeat(N)],
  ['max(1,2,3,…)', `max(${Array.from({ length: N + 1 }, (_, index) => index)})`],
  ['x+x+x+…', 'x' + '+x'.repeat(N)],
  ['1+2-3*4+2-3*4…', '1' + '+2-3*4'.repeat(Math.floor(N / 3))]
]

const STEPS = ['parse', 'draft', 'share', 'reassociate', 'plan', 'print'] as const

/** How long each step takes, in ms. */
function measure (source: string): number[] {
  const marks = [performance.now()]
  const mark = <T>(value: T): T => {
    marks.push(performance.now())
    return value
  }
  const syntax = mark(parse(source, DEFAULT_LIMITS))
  const draft = mark(draftPlan(syntax, options))
  const shared = mark(share(draft, times))
  const balanced = mark(reassociate(shared, times))
  mark(createPlan(balanced.operations, balanced.result))
  mark(print(syntax))
  return marks.slice(1).map((at, step) => at - marks[step]!)
}

function median (values: readonly number[]): number {
  return [...values].sort((one, other) => one - other)[values.length >> 1]!
}

const rows = SHAPES.map(([what, source]) => {
  const runs = Array.from({ length: RUNS }, () => measure(source))
  const steps = STEPS.map((_, step) => median(runs.map(run => run[step]!)))
  // Printing is no part of the way to a plan.
  const total = median(runs.map(run => run.slice(0, -1).reduce((sum, ms) => sum + ms)))
  return [what, ...steps, total].map(cell => typeof cell === 'number' ? cell.toFixed(0) : cell)
})
const heads = ['ms', ...STEPS, 'text to plan']
const widths = heads.map((_, column) => Math.max(...[heads, ...rows].map(row => row[column]!.length)))
for (const row of [heads, widths.map(width => '-'.repeat(width)), ...rows]) {
  process.stdout.write(`| ${row.map((cell, column) => cell.padEnd(widths[column]!)).join(' | ')} |\n`)
}
