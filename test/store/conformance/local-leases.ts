import { type StoreFixture, RULES, claimBy, submissionOf, suiteOf } from '../fixture.js'

/** Leases of agents in the server's own process, which end with it. */
export function localLeaseConformance (fixture: StoreFixture): void {
  const suite = suiteOf(fixture, { ...RULES, attempts: 1 })

  const local = (max = 1) => ({ ...claimBy('own', max), local: true })

  suite('a lease of a local agent is like any other while the process lives', async (t, { store, clock }) => {
    await store.submit(submissionOf('1+2', 0))
    const [task] = await store.claim(local())
    clock.advance(9_000)
    t.same(await store.renew([{ task: task!.id, lease: task!.lease }]), ['accepted'])
    clock.advance(9_000)
    await store.expire()
    t.same(await store.claim(claimBy()), [])
    t.same(await store.report([{ task: task!.id, lease: task!.lease, result: 3 }]), ['accepted'])
  })

  if (!fixture.durable) return

  for (const end of ['crash', 'restart'] as const) {
    suite(`a ${end} releases the leases of local agents, and no others`, async (t, bundle) => {
      const { store, clock } = bundle
      await store.submit(submissionOf('(1+2)*(3+4)*(5+6)', 0))
      const [own] = await store.claim(local())
      const [other] = await store.claim(claimBy('elsewhere'))
      const { claimed: [next] } = await store.reportAndClaim([{ task: own!.id, lease: own!.lease, result: 3 }], local())
      clock.advance(9_000)

      const again = await bundle[end]()
      t.match((await again.findOperations(1))!.tasks[next!.id - 1], { state: 'ready', attempts: 0, lease: null })
      t.same(await again.renew([{ task: next!.id, lease: next!.lease }]), ['superseded'])
      t.match(await again.claim(claimBy('elsewhere', 5)), [{ id: next!.id, attempt: 1 }], 'nothing else is ready')
      t.equal(await again.expire(), 10_000, 'leases of agents elsewhere are granted again in full')
      t.same(await again.renew([{ task: other!.id, lease: other!.lease }]), ['accepted'])
    })
  }

  suite('a task that a local agent released is no longer local', async (t, { store, crash }) => {
    await store.submit(submissionOf('1+2', 0))
    const [own] = await store.claim(local())
    await store.release([{ task: own!.id, lease: own!.lease }])
    const [other] = await store.claim(claimBy('elsewhere'))
    const again = await crash()
    t.same(await again.claim(claimBy()), [])
    t.same(await again.renew([{ task: other!.id, lease: other!.lease }]), ['accepted'])
  })

  suite('a failure does not name a local agent whose attempt was given back', async (t, { store, clock, crash }) => {
    await store.submit(submissionOf('1+2', 0))
    await store.claim(local())
    const again = await crash()
    await again.claim(claimBy('elsewhere'))
    for (let ends = 0; ends < 2; ends++) {
      clock.advance(20_000)
      await again.expire()
    }
    t.match(await again.find(1), { error: { code: 'attempts_exhausted', agents: ['elsewhere'] } })
    t.equal((await again.find(1))?.error?.agents?.length, 1)
  })

  suite('a result of a local agent counts after its process has crashed', async (t, { store, crash }) => {
    await store.submit(submissionOf('1+2', 0))
    const [own] = await store.claim(local())
    const again = await crash()
    t.same(await again.report([{ task: own!.id, lease: own!.lease, result: 3 }]), ['accepted'])
    t.match(await again.find(1), { status: 'completed', result: 3 })
  })
}
