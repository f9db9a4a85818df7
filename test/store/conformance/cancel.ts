import { type StoreFixture, claimBy, claimOne, statesOf, submissionOf, suiteOf } from '../fixture.js'

/** Cancels, and the calls that follow one. */
export function cancelConformance (fixture: StoreFixture): void {
  const suite = suiteOf(fixture)

  suite('a cancelled expression is final: no claims, and results are ignored', async (t, { store }) => {
    const { id } = await store.submit(submissionOf('(1+2)*(3+4)'))
    const task = await claimOne(store)
    t.equal(await store.cancel(id), 'accepted')
    t.match(await store.find(id), { status: 'cancelled', result: null, error: null })
    t.same(await statesOf(store, id), ['dropped', 'dropped', 'dropped'])
    t.same(await store.claim(claimBy()), [])
    t.same(await store.report([{ task: task.id, lease: task.lease, result: 3 }]), ['ignored'])
    t.same(await store.renew([{ task: task.id, lease: task.lease }]), ['ignored'])
    t.equal(await store.expire(), null)
    t.equal(await store.cancel(id), 'ignored')
    t.equal(await store.cancel(99), 'unknown')
  })
}
