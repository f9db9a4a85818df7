import { type StoreFixture, claimOne, submissionOf, suiteOf } from '../fixture.js'

/** Renewals and checks of leases. */
export function renewConformance (fixture: StoreFixture): void {
  const suite = suiteOf(fixture)

  suite('a renewal extends the lease to its full length', async (t, { store, clock }) => {
    await store.submit(submissionOf('6*7', 0))
    const task = await claimOne(store)
    clock.advance(9_000)
    t.same(await store.renew([{ task: task.id, lease: task.lease }]), ['accepted'])
    t.equal(await store.expire(), 10_000)
  })

  suite('a check answers which leases count, and extends none', async (t, { store, clock }) => {
    const first = await store.submit(submissionOf('6*7', 0))
    await store.submit(submissionOf('8*9', 0))
    const [one, other] = [await claimOne(store), await claimOne(store)]
    const leases = [one, other].map(({ id, lease }) => ({ task: id, lease }))
    const stale = [{ task: other.id, lease: one.lease }, { task: 99, lease: other.lease }]
    clock.advance(9_000)
    await store.cancel(first.id)
    t.same(await store.check([...leases, ...stale]), ['ignored', 'accepted', 'superseded', 'unknown'])
    t.equal(await store.expire(), 1_000)
    t.same(await store.check([]), [])
  })
}
