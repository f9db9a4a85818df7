import fc from 'fast-check'
import { test } from 'tap'
import { type Calculation, startCalculation } from '../../../src/core/queue/calculation.js'
import { initialOperationsOf } from '../../../src/core/plan/initial-operations.js'
import { type OperationSeed, createPlan } from '../../../src/core/plan/plan.js'
import { type Schedule, type Turn, createSchedule } from '../../../src/core/queue/schedule.js'

const SYMBOLS = ['+', '-', '*', '/']

let calculations = 0

/** A calculation of independent operations, so that each one's remaining path is its own time. */
function calculationOf (operations: ReadonlyArray<readonly [symbol: string, timeMs: number]>): Calculation {
  const seeds = operations.map(([symbol, timeMs]): OperationSeed => ({ symbol, left: 1, right: 2, timeMs }))
  const plan = createPlan(seeds, seeds.length === 0 ? 0 : { of: seeds.length - 1 })
  const id = ++calculations
  return startCalculation({ id, kind: 'expression', source: '', plan, firstTask: 1, createdAt: 0, idempotency: null })
}

/** The contract taken at its word: an array in the order of the line, and a scan for each question. */
function createNaiveLine (): Schedule {
  const line: Array<{ calculation: Calculation, ready: number[] }> = []
  const placeOf = (calculation: Calculation): number => line.findIndex(entry => entry.calculation === calculation)

  function remove (calculation: Calculation, index: number): void {
    const place = placeOf(calculation)
    const entry = line[place]
    if (entry === undefined) return
    entry.ready = entry.ready.filter(ready => ready !== index)
    if (entry.ready.length === 0) line.splice(place, 1)
  }

  function add (calculation: Calculation, index: number): void {
    const entry = line[placeOf(calculation)]
    if (entry === undefined) line.push({ calculation, ready: [index] })
    else entry.ready.push(index)
  }

  return {
    add,

    addAll (calculation, _symbol, indices) {
      for (const index of Array.from(indices)) add(calculation, index)
    },

    next (symbols) {
      for (const { calculation, ready } of line) {
        const { operations } = calculation.plan
        const [index] = ready.filter(ready => symbols.includes(operations.at(ready)!.symbol))
          .sort((one, other) => operations.at(other)!.pathMs - operations.at(one)!.pathMs || one - other)
        if (index === undefined) continue
        remove(calculation, index)
        const place = placeOf(calculation)
        if (place >= 0) line.push(...line.splice(place, 1))
        return { calculation, index }
      }
      return null
    },

    remove,

    leave (calculation) {
      const place = placeOf(calculation)
      if (place >= 0) line.splice(place, 1)
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

function show (turn: Turn | null): string {
  return turn === null ? 'nobody' : `operation ${turn.index} of ${turn.calculation.id}`
}

test('many that join at once are served as if they had joined one by one', async t => {
  fc.assert(fc.property(operations, fc.nat(8), (plan, first) => {
    const calculation = calculationOf(plan)
    const [line, naive] = [createSchedule(), createNaiveLine()]
    const { ready } = initialOperationsOf(calculation.plan)
    for (const [symbol, indices] of ready) {
      const list = Array.from(indices)
      // One of them may be there already.
      const [early] = list.splice(first, 1)
      if (early !== undefined) line.add(calculation, early)
      line.addAll(calculation, symbol, list)
      naive.addAll(calculation, symbol, indices)
    }
    t.same(line.counts(), new Map([...ready].map(([symbol, { length }]) => [symbol, length])))
    for (let turn = line.next(SYMBOLS); turn !== null; turn = line.next(SYMBOLS)) {
      t.equal(show(turn), show(naive.next(SYMBOLS)))
    }
    t.equal(naive.next(SYMBOLS), null)
  }), { numRuns: 100 })
})

test('it chooses what a scan of the whole line would choose', async t => {
  let served = 0
  fc.assert(fc.property(fc.array(operations, { minLength: 6, maxLength: 6 }), steps, (plans, list) => {
    const all = plans.map(calculationOf)
    const [line, naive] = [createSchedule(), createNaiveLine()]
    const ready = all.map(() => new Set<number>())

    function nextOfBoth (symbols: readonly string[]): Turn | null {
      const [turn, expected] = [line.next(symbols), naive.next(symbols)]
      if (show(turn) !== show(expected)) throw new Error(`served ${show(turn)}, not ${show(expected)}`)
      if (turn !== null) {
        served++
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
        for (const one of [line, naive]) one.leave(calculation)
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
      for (const one of [line, naive]) one[step.do](calculation, index)
    }
    while (nextOfBoth(SYMBOLS) !== null);
    if (ready.some(({ size }) => size > 0)) throw new Error('somebody was never served')
  }), { numRuns: 1_000 })
  t.ok(served > 1_000, 'many were served')
})

test('a large calculation delays a small one by one turn', async t => {
  const line = createSchedule()
  const large = calculationOf(Array.from({ length: 1_000 }, () => ['+', 10] as const))
  const small = calculationOf([['*', 10]])
  for (let index = 0; index < 1_000; index++) line.add(large, index)
  line.add(small, 0)
  t.equal(line.next(SYMBOLS)?.calculation, large)
  t.equal(line.next(SYMBOLS)?.calculation, small)
  t.equal(line.next(SYMBOLS)?.calculation, large)
})

test('who was passed over because of what he needs keeps his place', async t => {
  const line = createSchedule()
  const product = calculationOf([['*', 1]])
  const sum = calculationOf([['+', 1], ['+', 1]])
  const later = calculationOf([['*', 1]])
  line.add(product, 0)
  line.add(sum, 0)
  line.add(later, 0)
  t.equal(line.next(['+'])?.calculation, sum)
  line.add(sum, 1)
  t.same([1, 2, 3].map(() => line.next(SYMBOLS)?.calculation.id), [product.id, later.id, sum.id])
})

test('an empty line and a claimant who can do nothing get nothing', async t => {
  const line = createSchedule()
  t.equal(line.next(SYMBOLS), null)
  line.add(calculationOf([['+', 1]]), 0)
  t.equal(line.next([]), null)
  t.equal(line.next(['sin']), null)
  t.not(line.next(['sin', '+']), null)
})
