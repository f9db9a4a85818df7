import { createManualClock } from '../../manual-clock.js'
import { type StoreFixture, RULES, TEXTS, claimBy, claimOne, submissionOf, suiteOf, taskOf } from '../fixture.js'

/** What a lease token grants once another attempt has the task, and what a token of another store does. */
export function tokenConformance (fixture: StoreFixture): void {
  const suite = suiteOf(fixture)

  suite('an error, a renewal or a release with a superseded token is refused', async (t, { store, clock }) => {
    const { id } = await store.submit(submissionOf('6*7'))
    const first = await claimOne(store)
    clock.advance(first.leaseMs)
    await store.expire()
    const second = await claimOne(store)
    const stale = { task: first.id, lease: first.lease }
    const error = { code: 'operation_failed', message: 'late', retryable: false }
    t.same(await store.report([{ ...stale, error }]), ['superseded'])
    t.same(await store.renew([stale]), ['superseded'])
    t.same(await store.release([stale]), ['superseded'])
    t.match(await store.find(id), { status: 'in_progress' })
    t.same(await store.renew([{ task: second.id, lease: second.lease }]), ['accepted'])
  })

  suite('a token that the store never issued is refused, whatever its text', async (t, { store }) => {
    for (const text of TEXTS) {
      await store.submit(taskOf(text, 0))
      const task = await claimOne(store)
      const error = { code: 'x', message: 'x', retryable: true }
      t.same(await store.report([{ task: task.id, lease: text, error }]), ['superseded'])
    }
  })

  suite('a call with a token of another store is unknown, and changes nothing', async (t, { store, changes }) => {
    let foreign = ''
    await t.test('another store', async t => {
      const other = await fixture.open(t, { clock: createManualClock(), rules: RULES })
      try {
        await other.store.submit(submissionOf('6*7'))
        foreign = (await claimOne(other.store)).lease
      } finally {
        await other.close()
      }
    })
    const { id } = await store.submit(submissionOf('2*2'))
    const [ready] = await store.claim(claimBy())
    const { lease } = ready!
    t.not(lease.split('~')[0], foreign.split('~')[0])
    changes.length = 0
    const error = { code: 'operation_failed', message: 'not here', retryable: false }
    t.same((await store.reportAndClaim([
      { task: 1, lease: foreign, result: 42 },
      { task: 1, lease: foreign, error },
      { task: 9, lease: foreign, result: 1 }
    ], claimBy())).outcomes, ['unknown', 'unknown', 'unknown'])
    const both = [{ task: 1, lease: foreign }, { task: 1, lease }]
    t.same(await store.renew(both), ['unknown', 'accepted'])
    t.same(await store.release([both[0]!]), ['unknown'])
    t.match(await store.findOperations(id), { tasks: [{ state: 'leased', lease, attempts: 1 }] })
    t.same(changes, [])
    t.same(await store.report([
      { task: 1, lease: foreign, result: 42 }, { task: 1, lease, result: 4 }, { task: 1, lease: foreign, result: 42 }
    ]), ['unknown', 'accepted', 'unknown'], 'one outcome for each report')
    t.match(await store.find(id), { status: 'completed', result: 4 })
  })

  suite('a result counts with a superseded token, and with one that names no store', async (t, { store, clock }) => {
    for (const source of ['6*7', '5*5']) await store.submit(submissionOf(source))
    const tasks = await store.claim(claimBy('slow', 2))
    clock.advance(20_000)
    await store.expire()
    t.equal((await store.claim(claimBy('other', 2))).length, 2)
    const results = [{ task: 1, lease: tasks[0]!.lease, result: 42 }, { task: 2, lease: 'mNf2sQ0yJw4x.1', result: 25 }]
    t.same(await store.report(results), ['accepted', 'accepted'])
    t.match(await store.list({}), [{ result: 42 }, { result: 25 }])
  })
}
