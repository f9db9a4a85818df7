import { DEFAULT_LIMITS } from '../../../src/core/language/limits.js'
import { PASSES } from '../../../src/core/plan/passes.js'
import { planExpression } from '../../../src/core/plan/planner.js'
import type { Submission } from '../../../src/core/store.js'
import { type StoreFixture, claimBy, claimOne, statesOf, submissionOf, suiteOf, workOff } from '../fixture.js'

/** Reports of results and errors, and what they make of an expression. */
export function reportConformance (fixture: StoreFixture): void {
  const suite = suiteOf(fixture)

  suite('a submitted expression is pending, then in progress, then completed', async (t, { store, clock }) => {
    const { id } = await store.submit(submissionOf('2+2*2'))
    const operations = { total: 2, completed: 0 }
    t.match(await store.find(id), { status: 'pending', result: null, startedAt: null, operations })
    const first = await claimOne(store)
    t.match(await store.find(id), { status: 'in_progress', startedAt: clock.now() })
    await store.report([{ task: first.id, lease: first.lease, result: 4 }])
    t.match(await store.find(id), { status: 'in_progress', result: null, operations: { completed: 1 } })
    await workOff(store)
    t.match(await store.find(id), { status: 'completed', result: 6, error: null, finishedAt: clock.now() })
  })

  suite('a negative zero is stored as zero', async (t, { store }) => {
    const { id } = await store.submit(submissionOf('0*3'))
    const task = await claimOne(store)
    await store.report([{ task: task.id, lease: null, result: -0 }])
    t.ok(Object.is((await store.find(id))!.result, 0))
  })

  suite('the first result counts, and a second changes nothing', async (t, { store }) => {
    const { id } = await store.submit(submissionOf('6*7'))
    const task = await claimOne(store)
    const outcomes = await store.report([
      { task: task.id, lease: task.lease, result: 42 },
      { task: task.id, lease: task.lease, result: 999 }
    ])
    t.same(outcomes, ['accepted', 'ignored'])
    t.same(await store.report([{ task: task.id, lease: null, result: 7 }]), ['ignored'])
    t.equal((await store.find(id))!.result, 42)
  })

  suite('a result counts without a lease, and for a ready task that no agent claimed', async (t, { store }) => {
    const { id } = await store.submit(submissionOf('6*7'))
    t.same(await store.report([{ task: 1, lease: null, result: 42 }]), ['accepted'])
    t.match(await store.find(id), { status: 'completed', result: 42 })
    t.same(await store.claim(claimBy()), [])
  })

  suite('a result for an unknown task, or for one with unknown operands, is unknown', async (t, { store }) => {
    await store.submit(submissionOf('(1+2)*3'))
    const outcomes = await store.report([
      { task: 2, lease: null, result: 9 },
      { task: 3, lease: null, result: 9 },
      { task: 999_999, lease: null, result: 9 }
    ])
    t.same(outcomes, ['unknown', 'unknown', 'unknown'])
    t.match(await store.find(1), { status: 'pending', operations: { completed: 0 } })
  })

  suite('an error with the current lease that is not retryable is final, and names the agent', async (t, { store }) => {
    const { id } = await store.submit(submissionOf('2+3'))
    const { id: task, lease } = await claimOne(store)
    const error = { code: 'out_of_beads', message: 'No beads', retryable: false }
    t.same(await store.report([{ task, lease, error }]), ['accepted'])
    t.match(await store.find(id), { status: 'failed', result: null })
    t.same((await store.find(id))?.error, {
      code: 'out_of_beads',
      message: 'No beads',
      position: 1,
      length: 1,
      operation: { id: 1, operation: '+', operands: [2, 3] },
      agents: ['tester']
    })
  })

  suite('an error that is retryable, or comes without a lease, only spends the attempt', async (t, { store }) => {
    const { id } = await store.submit(submissionOf('6*7'))
    const first = await claimOne(store)
    const error = { code: 'operation_failed', message: 'out of beads', retryable: false }
    await store.report([{ task: first.id, lease: null, error }])
    t.match(await store.find(id), { status: 'in_progress' })
    const second = await claimOne(store)
    t.equal(second.attempt, 2)
    await store.report([{ task: second.id, lease: second.lease, error: { ...error, retryable: true } }])
    t.match(await store.find(id), { status: 'failed', error: { message: /out of beads/ } }, 'the attempts are used up')
  })

  suite('an operation without a result fails, and drops the others', async (t, { store, changes }) => {
    const { id } = await store.submit(submissionOf('(1+1)*(2+2)/(3-3)+8/(4-4)'))
    // Reports 3-3 and 4-4 last, in this order, so that the first division fails.
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

  suite('the passes of the planner keep the positions', async (t, { store }) => {
    await store.submit(optimized('1+2+3+4 + 1/(7-7) + 1/(7-7)'))
    await workOff(store)
    t.match(await store.find(1), { error: { position: 11, operation: { operation: '/', operands: [1, 0] } } },
      'of equal operations it is the first')
  })
}

/** Planned with all passes. */
function optimized (source: string): Submission {
  const times = new Map(['+', '-', '*', '/'].map(symbol => [symbol, 100]))
  const plan = planExpression(source, { times, limits: DEFAULT_LIMITS, passes: PASSES.exact })
  return { kind: 'expression', source, plan }
}
