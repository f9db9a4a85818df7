import { DEFAULT_LIMITS } from '../../src/core/language/limits.js'
import { parse } from '../../src/core/language/parser.js'
import { print } from '../../test/core/language/print.js'
import { OPERATIONS } from '../../src/core/operations.js'
import { createPlan } from '../../src/core/plan/plan.js'
import { draftPlan } from '../../src/core/plan/planner.js'
import { reassociate } from '../../src/core/plan/reassociate.js'
import { share } from '../../src/core/plan/share.js'
import type { Measure } from '../measure.js'
import { figure, median, repeated } from '../statistics.js'
import { type Entry, atMost, grid } from '../table.js'
import { range } from '../workload.js'

const N = 100_000

/** The design requires well under this, in ms. */
const TARGET_MS = 1000

const times = new Map([...OPERATIONS.keys()].map(symbol => [symbol, symbol === '-' ? 150 : 100]))
const options = { times, limits: DEFAULT_LIMITS, variables: new Map([['x', 2]]) }

const SHAPES: ReadonlyArray<readonly [string, string]> = [
  ['100,000 parentheses around 1+1', '('.repeat(N) + '1+1' + ')'.repeat(N)],
  ['1+1+1+…', '1' + '+1'.repeat(N)],
  ['1-2-3-…', range(N + 1).join('-')],
  ['.1+.1+.1+…', '.1' + '+.1'.repeat(N)],
  ['1*1*1*…', '1' + '*1'.repeat(N)],
  ['1^1^1^…', '1' + '^1'.repeat(N)],
  ['------…(1+1)', '-'.repeat(N) + '(1+1)'],
  ['-(-(-(…', '-('.repeat(N) + '1' + ')'.repeat(N)],
  ['1-(1-(1-(…', '1-('.repeat(N) + '1' + ')'.repeat(N)],
  ['sin(sin(sin(…', 'sin('.repeat(N) + 'x' + ')'.repeat(N)],
  ['max(1,2,3,…)', `max(${range(N + 1)})`],
  ['x+x+x+…', 'x' + '+x'.repeat(N)],
  ['1+2-3*4+2-3*4…', '1' + '+2-3*4'.repeat(Math.floor(N / 3))]
]

const STEPS = ['parse', 'draft', 'share', 'reassociate', 'plan', 'print'] as const

export const language: Measure = {
  name: 'language',
  about: 'from text to plan, for texts of 100,000 operations or parentheses',

  async run ({ options, append }): Promise<Entry[]> {
    const shapes = await Promise.all(SHAPES.map(async ([what, source]) => {
      const runs = await repeated(options.runs, async () => steps(source))
      const parsing = runs.map(run => run[0]!)
      // Printing is not part of planning.
      const totals = runs.map(run => run.slice(0, -1).reduce((sum, ms) => sum + ms))
      return { what, parsing, totals, medians: STEPS.map((_, step) => median(runs.map(run => run[step]!))) }
    }))
    append('From text to plan, by step, in ms', grid([
      ['text', ...STEPS], ...shapes.map(({ what, medians }) => [what, ...medians.map(ms => ms.toFixed(0))])
    ]))
    return shapes.map(({ what, parsing, totals }) => ({
      what: `text to plan: ${what}`,
      measured: figure(totals, 'ms'),
      reference: { what: 'parsing alone', figure: figure(parsing, 'ms') },
      target: atMost(median(totals), TARGET_MS, 'ms')
    }))
  }
}

/** The time of each step, in ms. */
function steps (source: string): number[] {
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
