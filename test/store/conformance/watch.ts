import { type StoreFixture, claimBy, submissionOf, suiteOf, takeReady, workOff } from '../fixture.js'

/** What a store announces to its watchers. */
export function watchConformance (fixture: StoreFixture): void {
  const suite = suiteOf(fixture)

  suite('watchers learn of ready work and of final expressions', async (t, { store, changes }) => {
    await store.submit(submissionOf('(1+2)*(3-4)'))
    t.same(changes, [{ type: 'ready', counts: new Map([['+', 1], ['-', 1]]) }])
    await workOff(store)
    t.match(changes.at(-1), { type: 'final', id: 1, ended: { status: 'completed' } })
  })

  suite('the tasks that a step leaves ready are announced once, by symbol', async (t, { store, changes }) => {
    await store.submit(submissionOf('(1*2-3)*(4*5-6)+(7*8-9)*2'))
    t.same(takeReady(changes), [{ '*': 3 }])
    const tasks = await store.claim(claimBy('a', 3))
    const results = tasks.map(({ id }) => ({ task: id, lease: null, result: 1 }))
    await store.reportAndClaim(results, { ...claimBy('a', 1), symbols: ['-'] })
    t.same(takeReady(changes), [{ '-': 2 }])
    const held = await store.claim(claimBy('a', 2))
    await store.release(held.map(({ id, lease }) => ({ task: id, lease })))
    t.same(takeReady(changes), [{ '-': 2 }])
  })
}
