import { type StoreFixture, claimBy, claimOne, statesOf, submissionOf, suiteOf, workOff } from '../fixture.js'

/** What a restart and a crash leave. */
export function recoveryConformance (fixture: StoreFixture): void {
  if (!fixture.durable) return

  const suite = suiteOf(fixture)

  suite('a restart keeps expressions, results, ids, failures and idempotency keys', async (t, { store, restart }) => {
    await store.submit(submissionOf('1+2'))
    await store.submit(submissionOf('1/0'))
    await workOff(store)
    const keyed = submissionOf('(1+2)*3', 100, { idempotency: { key: 'k1', fingerprint: 'a' } })
    await store.submit(keyed)
    const before = await store.list({})
    const again = await restart()
    t.same(await again.list({}), before)
    t.equal((await again.submit(keyed)).id, 3)
    await workOff(again)
    t.match(await again.find(3), { status: 'completed', result: 9 })
    t.equal((await again.submit(submissionOf('4'))).id, 4)
  })

  suite('a lease survives a restart in full, and its agent can report', async (t, bundle) => {
    await bundle.store.submit(submissionOf('6*7', 0))
    const [task] = await bundle.store.claim(claimBy('survivor'))
    bundle.clock.advance(9_000)
    const again = await bundle.restart()
    t.same(await again.claim(claimBy()), [])
    t.equal(await again.expire(), 10_000)
    t.match((await again.findOperations(1))!.tasks[0], { agent: 'survivor', attempts: 1, lease: task!.lease })
    t.same(await again.report([{ task: task!.id, lease: task!.lease, result: 42 }]), ['accepted'])
    t.match(await again.find(1), { status: 'completed', result: 42 })
  })

  suite('after a crash, a leased task has updated its expression since its claim', async (t, scene) => {
    const { store, clock, crash } = scene
    const { id } = await store.submit(submissionOf('1+2'))
    const { task, lease } = await claimOne(store).then(({ id, lease }) => ({ task: id, lease }))
    const claimedAt = clock.now()
    clock.advance(5_000)
    await store.renew([{ task, lease }])
    const again = await crash(() => clock.advance(1_000))
    const { updatedAt } = (await again.find(id))!
    t.ok(updatedAt >= claimedAt && updatedAt <= clock.now(), `${updatedAt}`)
    t.same(await again.renew([{ task, lease }]), ['accepted'])
    t.equal((await again.find(id))!.updatedAt, clock.now())
  })

  suite('an opened store counts what it recovered', async (t, { store, crash }) => {
    t.same(store.recovered, { expressions: 0, unfinished: 0, leases: 0 })
    for (const source of ['1', '1+2', '(1+2)*(3+4)']) await store.submit(submissionOf(source))
    await store.claim(claimBy('a', 2))
    t.same((await crash()).recovered, { expressions: 3, unfinished: 2, leases: 2 })
  })

  for (const how of ['restart', 'crash'] as const) {
    suite(`a ${how} keeps which operation failed`, async (t, opened) => {
      const { store, clock } = opened
      await store.submit(submissionOf('1/(2-2)'))
      await workOff(store)
      await store.submit(submissionOf('5 + 5'))
      await store.claim(claimBy('early'))
      clock.advance(20_000)
      await store.expire()
      const before = await Promise.all([store.find(1), statesOf(store, 1)])
      const again = await opened[how]()
      t.same(again.recovered, { expressions: 2, unfinished: 1, leases: 0 })
      t.same(await Promise.all([again.find(1), statesOf(again, 1)]), before)
      await again.claim(claimBy('late'))
      for (let ends = 0; ends < 2; ends++) {
        clock.advance(20_000)
        await again.expire()
      }
      t.match(await again.find(2), { error: { agents: ['early', 'late'], position: 2, length: 1 } })
    })
  }

  suite('a restart changes the version of the list, and keeps the agents', async (t, { store, restart }) => {
    await store.submit(submissionOf('1*2+3*4'))
    await store.claim(claimBy('a'))
    const version = await store.listVersion()
    const again = await restart()
    t.not(await again.listVersion(), version)
    const { ready, leased } = await again.taskOverview()
    t.same([...ready], [['*', 1]])
    t.match(leased, [{ id: 1, agent: 'a' }])
  })
}
