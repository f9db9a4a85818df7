import { fromColumns, toColumns } from '../../src/core/plan/columns.js'
import { submittedPlanOf } from '../../src/core/queue/transition.js'
import type { Store, Submission } from '../../src/core/store.js'
import { RULES, type StoreFixture, answer, claimBy, submissionOf, suiteOf } from './conformance.js'

/** As a thread that plans long texts hands it over: in columns, and written already. */
function large (source: string): Submission {
  const { plan, ...submission } = submissionOf(source)
  const written = new TextEncoder().encode(JSON.stringify(submittedPlanOf(plan)).slice(1, -1))
  return { ...submission, plan: fromColumns(toColumns(plan)), written }
}

/** Works everything off in batches; answers how many tasks that were. */
async function workAllOff (store: Store): Promise<number> {
  for (let done = 0; ;) {
    const tasks = await store.claim(claimBy('batches', 256))
    if (tasks.length === 0) return done
    await store.report(tasks.map(task => ({ task: task.id, lease: task.lease, result: answer(task) })))
    done += tasks.length
  }
}

/** What every store does with large expressions, and with those that are still to be planned. */
export function admission (fixture: StoreFixture): void {
  const suite = suiteOf(fixture)
  const PAIRS = 1_500
  const terms = Array.from({ length: PAIRS }, (_, index) => `${index}*2`).join('+')

  suite('a large expression is worked out like any other', async (t, { store, restart, changes }) => {
    await store.submit(submissionOf('8/2'))
    const { id } = await store.submit(large(terms))
    t.equal(id, 2)
    await store.submit(submissionOf('6/2'))
    t.same(changes[1], { type: 'ready', counts: new Map([['*', PAIRS]]) })
    const total = 2 * PAIRS - 1
    const view = await store.findOperations(id, { after: 1, limit: 3 })
    t.match(view, { firstTask: 2, start: 0, expression: { status: 'pending', operations: { total, completed: 0 } } })
    t.same(view?.tasks.map(({ state }) => state), ['ready', 'ready', 'waiting'])
    t.same(view?.operations.map(({ symbol }) => symbol), ['*', '*', '+'])
    const again = fixture.durable ? await restart() : store
    t.equal(await workAllOff(again), total + 2)
    const operations = { completed: total }
    t.match(await again.find(id), { status: 'completed', result: PAIRS * (PAIRS - 1), operations })
    t.match(await again.find(3), { result: 3 })
  })

  suite('a large expression that cannot be worked out fails at its submit', async (t, { store }) => {
    const { id } = await store.submit(large(`${terms}+1/0`))
    const operation = { operation: '/', operands: [1, 0] }
    const error = { code: 'division_by_zero', position: terms.length + 2, operation }
    t.match(await store.find(id), { status: 'failed', error })
    t.same(await store.claim(claimBy()), [])
    t.same(new Set((await store.findOperations(id))!.tasks.map(({ state }) => state)), new Set(['dropped', 'failed']))
  })

  suite('a large expression that is cancelled is over as a whole', async (t, { store }) => {
    const { id } = await store.submit(large(terms))
    const [task] = await store.claim(claimBy())
    t.equal(await store.cancel(id), 'accepted')
    t.same(await store.report([{ task: task!.id, lease: task!.lease, result: 1 }]), ['ignored'])
    t.same(await store.report([{ task: task!.id + 1_000, lease: null, result: 1 }]), ['ignored'])
    t.same(await store.claim(claimBy()), [])
    t.same(new Set((await store.findOperations(id))!.tasks.map(({ state }) => state)), new Set(['dropped']))
  })

  suite('a large expression keeps its key', async (t, { store }) => {
    const idempotency = { key: 'k', fingerprint: 'one' }
    const first = await store.submit({ ...large(terms), idempotency })
    t.equal((await store.submit({ ...large(terms), idempotency })).id, first.id)
    await t.rejects(store.submit({ ...large(terms), idempotency: { key: 'k', fingerprint: 'two' } }),
      { code: 'idempotency_conflict' })
  })

  const narrow = { ...RULES, openExpressions: 2, openOperations: 4 }
  suiteOf(fixture, narrow)('what would be refused is refused before it is planned', async (t, { store }) => {
    const full = { code: 'queue_full' }
    const first = await store.submit(submissionOf('1+2+3+4'))
    await store.admit({ source: '', operations: 1 })
    await t.rejects(store.admit({ source: '', operations: 2 }), full)
    await t.rejects(store.submit(large(terms)), full)
    await store.submit(submissionOf('1+2'))
    await t.rejects(store.admit({ source: '', operations: 0 }), full)
    await store.cancel(first.id)
    await store.admit({ source: '', operations: 3 })
    t.equal((await store.list({})).length, 2, 'asking changes nothing')
    await store.cancel(first.id + 1)
    const alone = { ...large(terms), idempotency: { key: 'k', fingerprint: 'one' } }
    const { id } = await store.submit(alone)
    t.equal((await store.load()).openExpressions, 1, 'one that is alone may be as large as it is')
    t.equal((await store.submit(alone)).id, id, 'a known key needs no room')
  })
}
