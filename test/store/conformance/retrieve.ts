import { type StoreFixture, claimBy, submissionOf, suiteOf, workOff } from '../fixture.js'

/** The note that a client has read a result. */
export function retrieveConformance (fixture: StoreFixture): void {
  const suite = suiteOf(fixture)

  suite('the first time that a result is retrieved is stored', async (t, { store, clock }) => {
    const { id } = await store.submit(submissionOf('1+2'))
    t.equal(await store.retrieve(id), 'ignored', 'no result yet')
    await workOff(store)
    t.match(await store.find(id), { status: 'completed', retrievedAt: null })
    clock.advance(5)
    const retrievedAt = clock.now()
    t.equal(await store.retrieve(id), 'accepted')
    clock.advance(5)
    t.equal(await store.retrieve(id), 'ignored')
    t.match(await store.find(id), {
      status: 'completed', result: 3, retrievedAt, updatedAt: retrievedAt - 5, finishedAt: retrievedAt - 5
    })
    const failed = await store.submit(submissionOf('1/0'))
    const cancelled = await store.submit(submissionOf('1+1'))
    await store.cancel(cancelled.id)
    for (const { id } of [failed, cancelled]) {
      t.equal(await store.retrieve(id), 'ignored')
      t.equal((await store.find(id))!.retrievedAt, null)
    }
    t.equal(await store.retrieve(99), 'unknown')
    const number = await store.submit(submissionOf('42'))
    t.match(number, { updatedAt: number.createdAt, retrievedAt: null })
    t.equal(await store.retrieve(number.id), 'accepted')
  })

  if (!fixture.durable) return

  suite('a restart and a crash keep when a result was retrieved, and when an expression changed', async (t, scene) => {
    const { store, clock, crash, restart } = scene
    const [retrieved, worked] = [await store.submit(submissionOf('1+2')), await store.submit(submissionOf('3+4+5'))]
    const task = (await store.claim(claimBy('a', 2)))[0]!
    clock.advance(5)
    await store.report([{ task: task.id, lease: null, result: 3 }, { task: 2, lease: null, result: 7 }])
    const changedAt = clock.now()
    clock.advance(5)
    await store.retrieve(retrieved.id)
    const retrievedAt = clock.now()
    let next = store
    for (const begin of [crash, restart, crash]) {
      next = await begin(() => clock.advance(1_000))
      t.match(await next.find(retrieved.id), { retrievedAt, updatedAt: changedAt })
      t.match(await next.find(worked.id), { retrievedAt: null, updatedAt: changedAt })
      t.equal(await next.retrieve(retrieved.id), 'ignored')
    }
    t.equal(worked.id, 2)
  })
}
