import { type StoreFixture, RULES, claimBy, claimOne, submissionOf, suiteOf } from '../fixture.js'

/** The end of leases. */
export function expireConformance (fixture: StoreFixture): void {
  const suite = suiteOf(fixture)

  suite('the end of a lease makes the task ready again; its attempt stays spent', async (t, scene) => {
    const { store, clock, changes } = scene
    await store.submit(submissionOf('6*7', 100))
    const first = await claimOne(store)
    t.equal(await store.expire(), 10_100)
    clock.advance(10_099)
    t.equal(await store.expire(), 1)
    t.same(await store.claim(claimBy()), [])
    changes.length = 0
    clock.advance(1)
    t.equal(await store.expire(), null)
    t.same(changes, [{ type: 'ready', counts: new Map([['*', 1]]) }, {
      type: 'expired', leases: [{ task: 1, expression: 1, agent: 'tester', attempt: 1, isReadyAgain: true }]
    }])
    const second = await claimOne(store)
    t.equal(second.id, first.id)
    t.equal(second.attempt, 2)
    t.not(second.lease, first.lease)
  })

  suite('a result after the last attempt counts for one more lease', async (t, { store, clock }) => {
    const late = await store.submit(submissionOf('6*7'))
    const never = await store.submit(submissionOf('5*5'))
    for (let attempt = 0; attempt < RULES.attempts; attempt++) {
      t.equal((await store.claim(claimBy('dying', 2))).length, 2)
      clock.advance(20_000)
      await store.expire()
    }
    t.same(await store.claim(claimBy()), [], 'no attempt is left')
    t.match(await store.find(late.id), { status: 'in_progress' })
    t.same(await store.report([{ task: 1, lease: null, result: 42 }]), ['accepted'])
    clock.advance(20_000)
    t.equal(await store.expire(), null)
    t.match(await store.find(late.id), { status: 'completed', result: 42 })
    t.match(await store.find(never.id), { status: 'failed', error: { code: 'attempts_exhausted', message: /after 2 attempts/ } })
  })

  suite('attempts that are used up name the agents that claimed them', async (t, { store, clock, changes }) => {
    const { id } = await store.submit(submissionOf('2 + 3'))
    const [first] = await store.claim(claimBy('released'))
    await store.release([{ task: first!.id, lease: first!.lease }])
    await store.claim(claimBy('first'))
    clock.advance(20_000)
    await store.expire()
    const lost = { task: 1, expression: id, attempt: 1, isReadyAgain: true }
    t.same(changes.at(-1), { type: 'expired', leases: [{ ...lost, agent: 'first' }] })
    await store.claim(claimBy(null))
    clock.advance(20_000)
    await store.expire()
    t.same(changes.at(-1), { type: 'expired', leases: [{ ...lost, agent: null, attempt: 2, isReadyAgain: false }] })
    clock.advance(20_000)
    await store.expire()
    t.same((await store.find(id))?.error, {
      code: 'attempts_exhausted',
      message: 'No result for 2 + 3 after 2 attempts (at position 2)',
      position: 2,
      length: 1,
      operation: { id: 1, operation: '+', operands: [2, 3] },
      agents: ['first', null]
    })
  })

  suite('a jump of the wall clock neither ends nor extends a lease', async (t, { store, clock }) => {
    await store.submit(submissionOf('6*7', 0))
    await claimOne(store)
    clock.jump(3_600_000)
    t.equal(await store.expire(), 10_000)
    clock.jump(-7_200_000)
    clock.advance(10_000)
    t.equal(await store.expire(), null)
    t.equal((await store.claim(claimBy())).length, 1)
  })
}
