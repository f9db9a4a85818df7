import { createPlan } from '../../src/core/plan/plan.js'
import { planExpression } from '../../src/core/plan/planner.js'
import { PASSES } from '../../src/core/plan/passes.js'
import { DEFAULT_LIMITS } from '../../src/core/language/limits.js'
import type { Store, Submission } from '../../src/core/store.js'
import { type StoreFixture, claimBy, claimOne, submissionOf, suiteOf, workOff } from './conformance.js'

/** What the contract says of an expression that failed: which operation did, and the end of the others. */
export function failureConformance (fixture: StoreFixture): void {
  const suite = suiteOf(fixture)

  suite('a failure names its operation, which alone is failed', async (t, { store, changes }) => {
    const { id } = await store.submit(submissionOf('(1+1)*(2+2)/(3-3)+8/(4-4)'))
    // 3-3 and 4-4 are done last, in this order, so that the first division is the one that fails.
    for (const symbol of ['+', '*', '-']) {
      for (const { id: task, lease, left, right } of await store.claim({ agent: 'a', symbols: [symbol], max: 9 })) {
        const result = symbol === '+' ? left + right : symbol === '*' ? left * right : left - right
        await store.report([{ task, lease, result }])
      }
    }
    const error = {
      code: 'division_by_zero',
      message: 'Division by zero: 8 / 0 (at position 11)',
      position: 11,
      length: 1,
      operation: { id: 5, operation: '/', operands: [8, 0] }
    }
    t.same((await store.find(id))?.error, error)
    t.same(await statesOf(store, id), [
      'completed', 'completed', 'completed', 'completed', 'failed', 'dropped', 'dropped', 'dropped'
    ])
    t.match(changes.at(-1), { type: 'final', id, ended: { status: 'failed', error } })
    for (const task of [5, 6]) {
      t.same(await store.report([{ task, lease: null, result: 1 }]), ['ignored'])
      t.same(await store.release([{ task, lease: 'x' }]), ['ignored'])
      t.same(await store.renew([{ task, lease: 'x' }]), ['ignored'])
      t.same(await store.check([{ task, lease: 'x' }]), ['ignored'])
    }
  })

  suite('so does one that fails with its submit', async (t, { store }) => {
    await store.submit(submissionOf('1+2'))
    const submitted = await store.submit(submissionOf('(1+2)*sqrt(0-1) + 5%0'))
    const error = {
      code: 'division_by_zero',
      message: 'Division by zero: 5 % 0 (at position 19)',
      position: 19,
      length: 1,
      operation: { id: 6, operation: '%', operands: [5, 0] }
    }
    t.same(submitted.error, error)
    t.same((await store.find(2))?.error, error)
    t.same(await statesOf(store, 2), ['dropped', 'dropped', 'dropped', 'dropped', 'failed', 'dropped'])
  })

  suite('an operation of one operand has one, and a function the place of its name', async (t, { store }) => {
    const { error } = await store.submit(submissionOf(' 2 * sqrt(-4)'))
    t.same(error, {
      code: 'domain_error',
      message: 'sqrt(-4) is undefined: the argument must be at least 0 (at position 5)',
      position: 5,
      length: 4,
      operation: { id: 1, operation: 'sqrt', operands: [-4] }
    })
  })

  suite('spent attempts name the agents that held them', async (t, { store, clock, changes }) => {
    const { id } = await store.submit(submissionOf('2 + 3'))
    const [first] = await store.claim(claimBy('released'))
    await store.release([{ task: first!.id, lease: first!.lease }])
    await store.claim(claimBy('first'))
    clock.advance(20_000)
    await store.expire()
    const lost = { task: 1, expression: id, attempt: 1, isReadyAgain: true }
    t.same(changes.at(-1), { type: 'expired', leases: [{ ...lost, agent: 'first' }] })
    await store.claim(claimBy(null))
    clock.advance(20_000)
    await store.expire()
    t.same(changes.at(-1), { type: 'expired', leases: [{ ...lost, agent: null, attempt: 2, isReadyAgain: false }] })
    clock.advance(20_000)
    await store.expire()
    t.same((await store.find(id))?.error, {
      code: 'attempts_exhausted',
      message: 'No result for 2 + 3 after 2 attempts (at position 2)',
      position: 2,
      length: 1,
      operation: { id: 1, operation: '+', operands: [2, 3] },
      agents: ['first', null]
    })
  })

  suite('an error of an agent names the agent, and keeps its own words', async (t, { store }) => {
    const { id } = await store.submit(submissionOf('2+3'))
    const { id: task, lease } = await claimOne(store)
    await store.report([{ task, lease, error: { code: 'out_of_beads', message: 'No beads', retryable: false } }])
    t.same((await store.find(id))?.error, {
      code: 'out_of_beads',
      message: 'No beads',
      position: 1,
      length: 1,
      operation: { id: 1, operation: '+', operands: [2, 3] },
      agents: ['tester']
    })
  })

  suite('what comes from no text has no place', async (t, { store }) => {
    const plan = createPlan([{ symbol: '/', left: 1, right: 0, timeMs: 0 }], { of: 0 })
    t.same((await store.submit({ kind: 'ratio', source: 'a ratio', plan })).error, {
      code: 'division_by_zero',
      message: 'Division by zero: 1 / 0',
      operation: { id: 1, operation: '/', operands: [1, 0] }
    })
  })

  suite('the end of the time is no operation\'s fault, and a cancelled one has none', async (t, { store }) => {
    const { id } = await store.submit(submissionOf('1+2'))
    await store.cancel(id)
    t.same(await statesOf(store, id), ['dropped'])
    t.equal((await store.find(id))?.error, null)
  })

  suite('passes keep the places', async (t, { store }) => {
    await store.submit(optimized('1+2+3+4 + 1/(7-7) + 1/(7-7)'))
    await workOff(store)
    t.match(await store.find(1), { error: { position: 11, operation: { operation: '/', operands: [1, 0] } } },
      'of equal operations it is the first')
  })

  if (!fixture.durable) return
  suite('what a restart finds is told', async (t, { store, crash }) => {
    t.same(store.recovered, { expressions: 0, unfinished: 0, leases: 0 })
    for (const source of ['1', '1+2', '(1+2)*(3+4)']) await store.submit(submissionOf(source))
    await store.claim(claimBy('a', 2))
    t.same((await crash()).recovered, { expressions: 3, unfinished: 2, leases: 2 })
  })

  for (const how of ['restart', 'crash'] as const) {
    suite(`a ${how} keeps which operation failed`, async (t, opened) => {
      const { store, clock } = opened
      await store.submit(submissionOf('1/(2-2)'))
      await workOff(store)
      await store.submit(submissionOf('5 + 5'))
      await store.claim(claimBy('early'))
      clock.advance(20_000)
      await store.expire()
      const before = await Promise.all([store.find(1), statesOf(store, 1)])
      const again = await opened[how]()
      t.same(again.recovered, { expressions: 2, unfinished: 1, leases: 0 })
      t.same(await Promise.all([again.find(1), statesOf(again, 1)]), before)
      await again.claim(claimBy('late'))
      for (let ends = 0; ends < 2; ends++) {
        clock.advance(20_000)
        await again.expire()
      }
      t.match(await again.find(2), { error: { agents: ['early', 'late'], position: 2, length: 1 } })
    })
  }
}

function optimized (source: string): Submission {
  const times = new Map(['+', '-', '*', '/'].map(symbol => [symbol, 100]))
  const plan = planExpression(source, { times, limits: DEFAULT_LIMITS, passes: PASSES.exact })
  return { kind: 'expression', source, plan }
}

async function statesOf (store: Store, id: number): Promise<string[]> {
  return (await store.findOperations(id))!.tasks.map(({ state }) => state)
}
