import fc from 'fast-check'
import { test } from 'tap'
import { type PlanColumns, buffersOf, compacted, fromColumns, toColumns } from '../../../src/core/plan/columns.js'
import { initialOperationsOf } from '../../../src/core/plan/initial-operations.js'
import { type ListedPlan, type OperationSeed, createPlan } from '../../../src/core/plan/plan.js'

const SYMBOLS = ['+', '-', '*', '/', 'sqrt']

/** Any plan: operands are numbers (zeros among them) or earlier operations. */
const plans = fc.array(fc.tuple(fc.nat(4), fc.nat(), fc.nat(), fc.integer({ min: -2, max: 3 }), fc.nat(5)), {
  minLength: 1, maxLength: 30
}).map(rows => {
  const seeds = rows.map(([symbol, left, right, number, timeMs], index): OperationSeed => {
    const operand = (choice: number) => index === 0 || choice % 3 === 0 ? number : { of: choice % index }
    return { symbol: SYMBOLS[symbol]!, left: operand(left), right: operand(right), timeMs }
  })
  return createPlan(seeds, { of: seeds.length - 1 })
})

/** As it comes out at the other thread. */
function transferred (plan: ListedPlan): PlanColumns {
  const columns = toColumns(plan)
  return structuredClone(columns, { transfer: buffersOf(columns) })
}

test('a plan comes out of its columns as it was', async t => {
  fc.assert(fc.property(plans, plan => {
    const { operations, precomputed: prepared, ...rest } = fromColumns(transferred(plan))
    const { operations: listed, ...others } = plan
    t.strictSame([...operations], listed)
    t.strictSame(rest, others)
    t.strictSame(listed.map((_, index) => operations.at(index)), listed)
    t.strictSame(operations.slice(2, 5), listed.slice(2, 5))
    const byPath = [...listed.keys()].sort((one, other) => listed[other]!.pathMs - listed[one]!.pathMs || one - other)
    t.strictSame([...prepared!.byPath], byPath)
  }), { numRuns: 200 })
})

test('how a plan begins is the same, worked out in advance or not', async t => {
  fc.assert(fc.property(plans, plan => {
    const [now, before] = [plan, fromColumns(transferred(plan))].map(one => {
      const { ready, refused } = initialOperationsOf(one)
      return { ready: new Map([...ready].sort().map(([symbol, list]) => [symbol, Array.from(list)])), refused }
    })
    t.strictSame(before, now)
  }), { numRuns: 200 })
})

test('there is nothing outside of a plan', async t => {
  const { operations } = fromColumns(toColumns(createPlan([{ symbol: '+', left: 1, right: 2, timeMs: 3 }], { of: 0 })))
  for (const index of [-1, 1, NaN]) t.equal(operations.at(index), undefined)
})

test('the effort before the passes stays what it was; the same object where they changed nothing', async t => {
  const seeds = [{ symbol: '+', left: 1, right: 2, timeMs: 3 }]
  const same = fromColumns(toColumns(createPlan(seeds, { of: 0 })))
  t.equal(same.before, same.effort)
  const before = { workMs: 9, spanMs: 8 }
  t.strictSame(fromColumns(toColumns(createPlan(seeds, { of: 0 }, before))).before, before)
})

test('only large plans are put into columns', async t => {
  const planOf = (length: number) => createPlan(
    Array.from({ length }, (_, index) => ({ symbol: '+', left: index, right: 1, timeMs: 1 })), { of: 0 })
  const small = planOf(4_096)
  t.equal(compacted(small), small)
  t.notOk(Array.isArray(compacted(planOf(4_097)).operations))
})
