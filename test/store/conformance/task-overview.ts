import { type StoreFixture, RULES, claimBy, submissionOf, suiteOf, workOff } from '../fixture.js'

/** The overview of ready and leased tasks. */
export function taskOverviewConformance (fixture: StoreFixture): void {
  const suite = suiteOf(fixture)

  suite('the task overview counts ready tasks by symbol, and lists leased ones', async (t, { store, clock }) => {
    const start = clock.now()
    t.same(await store.taskOverview(), { ready: new Map(), leased: [] })
    await store.submit(submissionOf('1*2+3*4-5/6'))
    clock.advance(5)
    await store.claim({ agent: 'a', symbols: ['*'], max: 1 })
    await store.claim({ agent: null, symbols: ['/'], max: 1 })
    const { ready, leased } = await store.taskOverview()
    t.same([...ready], [['*', 1]])
    t.match(leased.map(({ expression, symbol, agent, since }) => [expression, symbol, agent, since]), [
      [1, '*', 'a', start + 5], [1, '/', null, start + 5]
    ])
    await store.cancel(1)
    t.same(await store.taskOverview(), { ready: new Map(), leased: [] })
    await store.submit(submissionOf('1+2'))
    await workOff(store)
    t.same(await store.taskOverview(), { ready: new Map(), leased: [] })
  })

  suite('a task that only waits for a late result is not leased', async (t, { store, clock }) => {
    await store.submit(submissionOf('1+2'))
    for (let attempt = 0; attempt < RULES.attempts; attempt++) {
      t.equal((await store.claim(claimBy())).length, 1)
      clock.advance(20_000)
      await store.expire()
    }
    t.same(await store.taskOverview(), { ready: new Map(), leased: [] })
  })
}
