import { type StoreFixture, claimOne, submissionOf, suiteOf } from '../fixture.js'

/** Releases. */
export function releaseConformance (fixture: StoreFixture): void {
  const suite = suiteOf(fixture)

  suite('a release gives the task and the attempt back', async (t, { store }) => {
    await store.submit(submissionOf('6*7'))
    const task = await claimOne(store)
    t.same(await store.release([{ task: task.id, lease: task.lease }]), ['accepted'])
    t.equal(await store.expire(), null)
    const again = await claimOne(store)
    t.match(again, { id: task.id, attempt: 1 })
    t.not(again.lease, task.lease)
  })
}
