import type { EndedAttempt } from '../../../src/core/queue/calculation.js'
import { type StoreFixture, RULES, submissionOf, suiteOf } from '../fixture.js'
import { claim, lose, noBeads, recordOf, tell } from './attempt-scene.js'

/** To which attempt a result belongs that comes after its lease, or without one. */
export function lateResultConformance (fixture: StoreFixture): void {
  const suite = suiteOf(fixture, { ...RULES, attempts: 3 })

  suite('a late result without a lease belongs to the attempt that expired last', async (t, bundle) => {
    const { store } = bundle
    await store.submit(submissionOf('1+2'))
    const first = await lose(bundle, 'first')
    const second = await lose(bundle, 'second')
    await tell(store, { task: 1, lease: null, result: 3 })
    t.same(await recordOf(store), {
      state: 'completed',
      attempts: 2,
      agent: 'second',
      claimedAt: second.claimedAt,
      completedAt: bundle.clock.now(),
      endedAttempts: [first]
    })
  })

  for (const withLease of [true, false]) {
    const how = withLease ? 'with its lease' : 'without a lease'
    suite(`the result of an overdue task, ${how}, is that of its last attempt`, async (t, bundle) => {
      const { store } = bundle
      await store.submit(submissionOf('1+2'))
      const [first, second, last] = [await lose(bundle, 'a'), await lose(bundle, 'b'), await lose(bundle, 'c')]
      await tell(store, { task: 1, lease: withLease ? last.lease : null, result: 3 })
      t.match(await recordOf(store), { state: 'completed', attempts: 3, agent: 'c', claimedAt: last.claimedAt })
      t.same((await store.findOperations(1))!.tasks[0]!.endedAttempts, [first, second])
    })
  }

  suite('a late result of an earlier lease is that attempt’s, and cancels the open one', async (t, bundle) => {
    const { store, clock } = bundle
    await store.submit(submissionOf('1+2'))
    const first = await lose(bundle, 'first')
    const second = await lose(bundle, 'second')
    const { lease } = await claim(store, 'third')
    const claimedAt = clock.now()
    clock.advance(10)
    t.equal(await tell(store, { task: 1, lease: first.lease, result: 3 }), 'accepted')
    const endedAt = clock.now()
    t.same(await recordOf(store), {
      state: 'completed',
      attempts: 3,
      agent: 'first',
      claimedAt: first.claimedAt,
      completedAt: endedAt,
      endedAttempts: [
        second,
        { attempt: 3, agent: 'third', lease, claimedAt, endedAt, outcome: 'cancelled' },
        // Tells its number, which `attempts` does not.
        { ...first, endedAt, outcome: 'completed' }
      ]
    })
  })

  suite('an attempt that failed or was released can still give the result', async (t, { store, clock }) => {
    await store.submit(submissionOf('1+2'))
    const failed = await claim(store, 'failed')
    const claimedAt = clock.now()
    await tell(store, { task: 1, lease: failed.lease, error: noBeads(true) })
    clock.advance(10)
    t.equal(await tell(store, { task: 1, lease: failed.lease, result: 3 }), 'accepted')
    t.same(await recordOf(store), {
      state: 'completed', attempts: 1, agent: 'failed', claimedAt, completedAt: clock.now(), endedAttempts: null
    })

    await store.submit(submissionOf('3+4'))
    const released = await claim(store, 'released')
    const at = clock.now()
    await store.release([{ task: 2, lease: released.lease }])
    await tell(store, { task: 2, lease: released.lease, result: 7 })
    const { attempts, agent, endedAttempts } = (await store.findOperations(2))!.tasks[0]!
    t.same({ attempts, agent, endedAttempts }, {
      attempts: 0,
      agent: 'released',
      endedAttempts: [
        { attempt: 1, agent: 'released', lease: released.lease, claimedAt: at, endedAt: at, outcome: 'completed' }
      ]
    })
  })

  for (const state of ['ready', 'leased', 'overdue'] as const) {
    suite(`a result of an unknown attempt for a task that is ${state} belongs to none`, async (t, bundle) => {
      const { store, clock } = bundle
      await store.submit(submissionOf('1+2'))
      const ended: EndedAttempt[] = [await lose(bundle, 'a')]
      if (state === 'overdue') ended.push(await lose(bundle, 'b'), await lose(bundle, 'c'))
      const open = state === 'leased' ? [await claim(store, 'b')] : []
      const claimedAt = clock.now()
      clock.advance(10)
      const endedAt = clock.now()
      t.equal(await tell(store, { task: 1, lease: 'never issued', result: 3 }), 'accepted')
      t.same(await recordOf(store), {
        state: 'completed',
        attempts: ended.length + open.length,
        agent: null,
        claimedAt: null,
        completedAt: endedAt,
        endedAttempts: [...ended, ...open.map(({ lease }) => {
          return { attempt: 2, agent: 'b', lease, claimedAt, endedAt, outcome: 'cancelled' }
        })]
      })
    })
  }

  suite('a result without a lease belongs to no attempt after a release or a failure', async (t, { store }) => {
    for (const task of [1, 2]) {
      await store.submit(submissionOf('1+2'))
      const { lease } = await claim(store, 'a')
      if (task === 1) await store.release([{ task, lease }])
      else await tell(store, { task, lease, error: noBeads(true) })
      t.equal(await tell(store, { task, lease: null, result: 3 }), 'accepted')
      t.match((await store.findOperations(task))!.tasks[0], {
        agent: null, claimedAt: null, endedAttempts: [{ attempt: 1, outcome: task === 1 ? 'released' : 'failed' }]
      })
    }
  })
}
