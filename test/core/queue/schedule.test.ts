import fc from 'fast-check'
import { test } from 'tap'
import type { Calculation } from '../../../src/core/queue/calculation.js'
import { startCalculation } from '../../../src/core/queue/calculation-changes.js'
import { initialOperationsOf } from '../../../src/core/plan/initial-operations.js'
import { type OperationSeed, createPlan } from '../../../src/core/plan/plan.js'
import { type Schedule, type ScheduledTask, createSchedule } from '../../../src/core/queue/schedule.js'

const SYMBOLS = ['+', '-', '*', '/']

let calculations = 0

/** A calculation of independent operations, so that each one's remaining path is its own time. */
function calculationOf (operations: ReadonlyArray<readonly [symbol: string, timeMs: number]>): Calculation {
  const seeds = operations.map(([symbol, timeMs]): OperationSeed => ({ symbol, left: 1, right: 2, timeMs }))
  const plan = createPlan(seeds, seeds.length === 0 ? 0 : { of: seeds.length - 1 })
  const id = ++calculations
  return startCalculation({ id, kind: 'expression', source: '', plan, firstTask: 1, createdAt: 0, idempotency: null })
}

/** The contract taken at its word: an array in the order of the turns, and a scan for each question. */
function createNaiveSchedule (): Omit<Schedule, 'counts'> {
  const turns: Array<{ calculation: Calculation, ready: number[] }> = []
  const indexOf = (calculation: Calculation): number => turns.findIndex(entry => entry.calculation === calculation)

  function remove (calculation: Calculation, index: number): void {
    const at = indexOf(calculation)
    const entry = turns[at]
    if (entry === undefined) return
    entry.ready = entry.ready.filter(ready => ready !== index)
    if (entry.ready.length === 0) turns.splice(at, 1)
  }

  function add (calculation: Calculation, index: number): void {
    const entry = turns[indexOf(calculation)]
    if (entry === undefined) turns.push({ calculation, ready: [index] })
    else entry.ready.push(index)
  }

  return {
    add,

    addAll (calculation, _symbol, indices) {
      for (const index of Array.from(indices)) add(calculation, index)
    },

    next (symbols) {
      for (const { calculation, ready } of turns) {
        const { operations } = calculation.plan
        const [index] = ready.filter(ready => symbols.includes(operations.at(ready)!.symbol))
          .sort((one, other) => operations.at(other)!.pathMs - operations.at(one)!.pathMs || one - other)
        if (index === undefined) continue
        remove(calculation, index)
        const at = indexOf(calculation)
        if (at >= 0) turns.push(...turns.splice(at, 1))
        return { calculation, index }
      }
      return null
    },

    remove,

    leave (calculation) {
      const at = indexOf(calculation)
      if (at >= 0) turns.splice(at, 1)
    }
  }
}

type Step =
  | { readonly do: 'add' | 'remove', readonly calculation: number, readonly index: number }
  | { readonly do: 'next', readonly symbols: readonly string[] }
  | { readonly do: 'leave', readonly calculation: number }

// Few times, so that many paths are equally long.
const operation = fc.tuple(fc.constantFrom(...SYMBOLS), fc.constantFrom(0, 10, 20))
const operations = fc.array(operation, { minLength: 1, maxLength: 9 })
const calculation = fc.nat(5)
const index = fc.nat(8)
const steps: fc.Arbitrary<Step[]> = fc.array(fc.oneof(
  { weight: 8, arbitrary: fc.record({ do: fc.constant('add' as const), calculation, index }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constant('next' as const), symbols: fc.shuffledSubarray(SYMBOLS) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('remove' as const), calculation, index }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('leave' as const), calculation }) }
), { maxLength: 150, size: 'max' })

function show (turn: ScheduledTask | null): string {
  return turn === null ? 'none' : `operation ${turn.index} of ${turn.calculation.id}`
}

test('operations added at once are claimed as if they had been added one by one', async t => {
  fc.assert(fc.property(operations, fc.nat(8), (plan, first) => {
    const calculation = calculationOf(plan)
    const [schedule, naive] = [createSchedule(), createNaiveSchedule()]
    const { ready } = initialOperationsOf(calculation.plan)
    for (const [symbol, indices] of ready) {
      const list = Array.from(indices)
      // One of them may be there already.
      const [early] = list.splice(first, 1)
      if (early !== undefined) schedule.add(calculation, early)
      schedule.addAll(calculation, symbol, list)
      naive.addAll(calculation, symbol, indices)
    }
    t.same(schedule.counts(), new Map([...ready].map(([symbol, { length }]) => [symbol, length])))
    for (let turn = schedule.next(SYMBOLS); turn !== null; turn = schedule.next(SYMBOLS)) {
      t.equal(show(turn), show(naive.next(SYMBOLS)))
    }
    t.equal(naive.next(SYMBOLS), null)
  }), { numRuns: 100 })
})

test('it chooses what a scan of all ready operations would choose', async t => {
  let claimed = 0
  fc.assert(fc.property(fc.array(operations, { minLength: 6, maxLength: 6 }), steps, (plans, list) => {
    const all = plans.map(calculationOf)
    const [schedule, naive] = [createSchedule(), createNaiveSchedule()]
    const ready = all.map(() => new Set<number>())

    function nextOfBoth (symbols: readonly string[]): ScheduledTask | null {
      const [turn, expected] = [schedule.next(symbols), naive.next(symbols)]
      if (show(turn) !== show(expected)) throw new Error(`claimed ${show(turn)}, not ${show(expected)}`)
      if (turn !== null) {
        claimed++
        ready[all.indexOf(turn.calculation)]!.delete(turn.index)
      }
      return turn
    }

    for (const step of list) {
      if (step.do === 'next') {
        nextOfBoth(step.symbols)
        continue
      }
      const calculation = all[step.calculation]!
      const already = ready[step.calculation]!
      if (step.do === 'leave') {
        for (const one of [schedule, naive]) one.leave(calculation)
        already.clear()
        continue
      }
      const index = step.index % calculation.tasks.length
      if (step.do === 'add') {
        if (already.has(index)) continue
        already.add(index)
      } else {
        already.delete(index)
      }
      for (const one of [schedule, naive]) one[step.do](calculation, index)
    }
    while (nextOfBoth(SYMBOLS) !== null);
    if (ready.some(({ size }) => size > 0)) throw new Error('an operation was never claimed')
  }), { numRuns: 1_000 })
  t.ok(claimed > 1_000, 'many were claimed')
})

test('a large calculation delays a small one by one turn', async t => {
  const schedule = createSchedule()
  const large = calculationOf(Array.from({ length: 1_000 }, () => ['+', 10] as const))
  const small = calculationOf([['*', 10]])
  for (let index = 0; index < 1_000; index++) schedule.add(large, index)
  schedule.add(small, 0)
  t.equal(schedule.next(SYMBOLS)?.calculation, large)
  t.equal(schedule.next(SYMBOLS)?.calculation, small)
  t.equal(schedule.next(SYMBOLS)?.calculation, large)
})

test('a calculation that is passed over because of its symbols keeps its turn', async t => {
  const schedule = createSchedule()
  const product = calculationOf([['*', 1]])
  const sum = calculationOf([['+', 1], ['+', 1]])
  const later = calculationOf([['*', 1]])
  schedule.add(product, 0)
  schedule.add(sum, 0)
  schedule.add(later, 0)
  t.equal(schedule.next(['+'])?.calculation, sum)
  schedule.add(sum, 1)
  t.same([1, 2, 3].map(() => schedule.next(SYMBOLS)?.calculation.id), [product.id, later.id, sum.id])
})

test('a claimant gets nothing from an empty schedule, nor from one without its symbols', async t => {
  const schedule = createSchedule()
  t.equal(schedule.next(SYMBOLS), null)
  schedule.add(calculationOf([['+', 1]]), 0)
  t.equal(schedule.next([]), null)
  t.equal(schedule.next(['sin']), null)
  t.not(schedule.next(['sin', '+']), null)
})
