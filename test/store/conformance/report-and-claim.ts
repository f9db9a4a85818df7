import { type StoreFixture, claimBy, claimOne, submissionOf, suiteOf, takeReady } from '../fixture.js'

/** Reports and a claim in one step. */
export function reportAndClaimConformance (fixture: StoreFixture): void {
  const suite = suiteOf(fixture)

  suite('a report can claim what it made ready', async (t, { store }) => {
    await store.submit(submissionOf('1+2+3'))
    const first = await claimOne(store)
    const report = { task: first.id, lease: first.lease, result: 3 }
    const { outcomes, claimed } = await store.reportAndClaim([report], claimBy())
    t.same(outcomes, ['accepted'])
    t.match(claimed, [{ left: 3, right: 3, symbol: '+' }])
  })

  suite('a task that is claimed in the step that made it ready is not announced', async (t, { store, changes }) => {
    await store.submit(submissionOf('1*2+3*4+5*6'))
    t.same(takeReady(changes), [{ '*': 3 }])
    const [one] = await store.claim(claimBy())
    t.same(takeReady(changes), [], 'a claim makes nothing ready')
    const { claimed } = await store.reportAndClaim([{ task: one!.id, lease: null, result: 2 }], claimBy('a', 2))
    t.equal(claimed.length, 2)
    t.same(takeReady(changes), [])
    const both = claimed.map(({ id }) => ({ task: id, lease: null, result: 1 }))
    t.equal((await store.reportAndClaim(both, claimBy('a', 1))).claimed.length, 1, 'the sum that both made ready')
    t.same(takeReady(changes), [])
  })
}
