import type { Submission } from '../../../src/core/store.js'
import { type StoreFixture, RULES, claimBy, submissionOf, suiteOf, workOff } from '../fixture.js'

/** Calls at the same time: a store may batch them, and the outcome is that of one after the other. */
export function concurrentConformance (fixture: StoreFixture): void {
  const suite = suiteOf(fixture)

  suite('submits at the same time are stored in their order, each with its own outcome', async (t, { store }) => {
    const keyed = (source: string, key: string, fingerprint = source): Submission =>
      submissionOf(source, 100, { idempotency: { key, fingerprint } })
    await store.submit(keyed('0+1', 'known'))
    const settled = await Promise.allSettled([
      submissionOf('(1+2)*(3-4)'), keyed('5', 'five'), keyed('0+1', 'known'), keyed('7+8', 'twice'),
      submissionOf('1/0'), keyed('7+8', 'twice'), keyed('7+9', 'twice'), keyed('1', 'known', 'other'),
      submissionOf('1-2')
    ].map(submission => store.submit(submission)))
    t.match(settled, [
      { value: { id: 2, status: 'pending', operations: { total: 3 } } },
      { value: { id: 3, status: 'completed', result: 5 } },
      { value: { id: 1, source: '0+1' } },
      { value: { id: 4, source: '7+8' } },
      { value: { id: 5, status: 'failed', error: { code: 'division_by_zero' } } },
      { value: { id: 4 } },
      { reason: { code: 'idempotency_conflict' } },
      { reason: { code: 'idempotency_conflict' } },
      { value: { id: 6, source: '1-2' } }
    ])
    await workOff(store)
    t.same((await store.list({})).map(({ id, result }) => [id, result]),
      [[1, 1], [2, -3], [3, 5], [4, 15], [5, null], [6, -1]])
  })

  suite('claims at the same time are served in their order, each within its own limit', async (t, { store }) => {
    await store.submit(submissionOf('1*2+3*4+5*6+7*8+9*10', 100))
    const claims = await Promise.all([100, 100, 250, 100].map(batchMs => store.claim({ ...claimBy('a', 2), batchMs })))
    const ids = claims.flat().map(({ id }) => id)
    t.same(claims.map(({ length }) => length > 0), [true, true, true, true], 'each claim gets a task')
    t.same(ids, ids.toSorted((one, other) => one - other))
    t.equal(new Set(ids).size, ids.length)
    for (const { leaseMs } of [claims[0]!, claims[1]!, claims[3]!].flat()) t.equal(leaseMs, 100 + RULES.leaseMs)
  })
}
