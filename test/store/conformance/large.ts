import { fromColumns, toColumns } from '../../../src/core/plan/columns.js'
import { submittedPlanOf } from '../../../src/core/queue/transition.js'
import type { Store, Submission } from '../../../src/core/store.js'
import { type StoreFixture, answer, claimBy, statesOf, submissionOf, suiteOf } from '../fixture.js'

/** A submission as the thread for long texts makes it: a plan in columns, with its text for the journal. */
export function large (source: string): Submission {
  const { plan, ...submission } = submissionOf(source)
  const written = new TextEncoder().encode(JSON.stringify(submittedPlanOf(plan)).slice(1, -1))
  return { ...submission, plan: fromColumns(toColumns(plan)), written }
}

/** Computes all tasks in batches; answers how many there were. */
async function workAllOff (store: Store): Promise<number> {
  for (let done = 0; ;) {
    const tasks = await store.claim(claimBy('batches', 256))
    if (tasks.length === 0) return done
    await store.report(tasks.map(task => ({ task: task.id, lease: task.lease, result: answer(task) })))
    done += tasks.length
  }
}

const PAIRS = 1_500
export const TERMS = Array.from({ length: PAIRS }, (_, index) => `${index}*2`).join('+')

/** Large expressions: planned by a thread, in columns, with the text for the journal. */
export function largeConformance (fixture: StoreFixture): void {
  const suite = suiteOf(fixture)

  suite('a large expression is computed like any other', async (t, { store, restart, changes }) => {
    await store.submit(submissionOf('8/2'))
    const { id } = await store.submit(large(TERMS))
    t.equal(id, 2)
    await store.submit(submissionOf('6/2'))
    t.same(changes[1], { type: 'ready', counts: new Map([['*', PAIRS]]) })
    const total = 2 * PAIRS - 1
    const view = await store.findOperations(id, { after: 1, limit: 3 })
    const expression = { status: 'pending', operations: { total, completed: 0 } }
    t.match(view, { firstTask: 2, indices: [0, 1, 2], expression })
    t.same(view?.tasks.map(({ state }) => state), ['ready', 'ready', 'waiting'])
    t.same(view?.operations.map(({ symbol }) => symbol), ['*', '*', '+'])
    const again = fixture.durable ? await restart() : store
    t.equal(await workAllOff(again), total + 2)
    const operations = { completed: total }
    t.match(await again.find(id), { status: 'completed', result: PAIRS * (PAIRS - 1), operations })
    t.match(await again.find(3), { result: 3 })
  })

  suite('a large expression without a result fails at its submit', async (t, { store }) => {
    const { id } = await store.submit(large(`${TERMS}+1/0`))
    const operation = { operation: '/', operands: [1, 0] }
    const error = { code: 'division_by_zero', position: TERMS.length + 2, operation }
    t.match(await store.find(id), { status: 'failed', error })
    t.same(await store.claim(claimBy()), [])
    t.same(new Set(await statesOf(store, id)), new Set(['dropped', 'failed']))
  })

  suite('a cancel drops all tasks of a large expression', async (t, { store }) => {
    const { id } = await store.submit(large(TERMS))
    const [task] = await store.claim(claimBy())
    t.equal(await store.cancel(id), 'accepted')
    t.same(await store.report([{ task: task!.id, lease: task!.lease, result: 1 }]), ['ignored'])
    t.same(await store.report([{ task: task!.id + 1_000, lease: null, result: 1 }]), ['ignored'])
    t.same(await store.claim(claimBy()), [])
    t.same(new Set(await statesOf(store, id)), new Set(['dropped']))
  })

  suite('a large expression keeps its idempotency key', async (t, { store }) => {
    const idempotency = { key: 'k', fingerprint: 'one' }
    const first = await store.submit({ ...large(TERMS), idempotency })
    t.equal((await store.submit({ ...large(TERMS), idempotency })).id, first.id)
    await t.rejects(store.submit({ ...large(TERMS), idempotency: { key: 'k', fingerprint: 'two' } }),
      { code: 'idempotency_conflict' })
  })
}
