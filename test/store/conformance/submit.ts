import { createPlan } from '../../../src/core/plan/plan.js'
import { type StoreFixture, claimBy, statesOf, submissionOf, suiteOf, workOff } from '../fixture.js'

/** Submits: ids, expressions that are final at once, idempotency keys. */
export function submitConformance (fixture: StoreFixture): void {
  const suite = suiteOf(fixture)

  suite('ids count up from 1, for expressions and for tasks', async (t, { store }) => {
    t.equal((await store.submit(submissionOf('1+2+3'))).id, 1)
    t.equal((await store.submit(submissionOf('42'))).id, 2)
    t.equal((await store.submit(submissionOf('4*5'))).id, 3)
    t.same((await workOff(store)).map(({ id }) => id).sort(), [1, 2, 3])
  })

  suite('an expression without operations is completed by its submit, 0 and -5 included', async (t, { store }) => {
    for (const [source, result] of [['42', 42], ['0', 0], ['-5', -5]] as const) {
      t.match(await store.submit(submissionOf(source)), { status: 'completed', result })
    }
    t.same(await store.claim(claimBy()), [])
  })

  suite('a result out of the range of a double fails the expression', async (t, { store }) => {
    t.match(await store.submit(submissionOf('1e308*10')), { status: 'failed', error: { code: 'result_out_of_range' } })
  })

  suite('a submit fails at the first operation without a result, and names it', async (t, { store }) => {
    await store.submit(submissionOf('1+2'))
    const submitted = await store.submit(submissionOf('(1+2)*sqrt(0-1) + 5%0'))
    const error = {
      code: 'division_by_zero',
      message: 'Division by zero: 5 % 0 (at position 19)',
      position: 19,
      length: 1,
      operation: { id: 6, operation: '%', operands: [5, 0] }
    }
    t.match(submitted, { status: 'failed', result: null })
    t.same(submitted.error, error)
    t.same((await store.find(2))?.error, error)
    t.same(await statesOf(store, 2), ['dropped', 'dropped', 'dropped', 'dropped', 'failed', 'dropped'])
  })

  suite('a failed function has as many operands as it takes, and the position of its name', async (t, { store }) => {
    const { error } = await store.submit(submissionOf(' 2 * sqrt(-4)'))
    t.same(error, {
      code: 'domain_error',
      message: 'sqrt(-4) is undefined: the argument must be at least 0 (at position 5)',
      position: 5,
      length: 4,
      operation: { id: 1, operation: 'sqrt', operands: [-4] }
    })
  })

  suite('a failure of a plan that comes from no text has no position', async (t, { store }) => {
    const plan = createPlan([{ symbol: '/', left: 1, right: 0, timeMs: 0 }], { of: 0 })
    t.same((await store.submit({ kind: 'ratio', source: 'a ratio', plan })).error, {
      code: 'division_by_zero',
      message: 'Division by zero: 1 / 0',
      operation: { id: 1, operation: '/', operands: [1, 0] }
    })
  })

  suite('a known idempotency key answers the first submit, and refuses another body', async (t, { store }) => {
    const idempotency = { key: 'k1', fingerprint: 'a' }
    const first = await store.submit(submissionOf('1+2', 100, { idempotency }))
    t.equal((await store.submit(submissionOf('1+2', 100, { idempotency }))).id, first.id)
    t.strictSame(await store.findByKey(idempotency), await store.find(first.id))
    t.equal(await store.findByKey({ key: 'k2', fingerprint: 'a' }), null)
    await t.rejects(store.findByKey({ key: 'k1', fingerprint: 'b' }), { code: 'idempotency_conflict' })
    await t.rejects(store.submit(submissionOf('1+3', 100, { idempotency: { ...idempotency, fingerprint: 'b' } })),
      { code: 'idempotency_conflict' })
    t.equal((await store.list({})).length, 1)
  })
}
