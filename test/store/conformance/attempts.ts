import type { EndedAttempt } from '../../../src/core/queue/calculation.js'
import { type Bundle, type StoreFixture, RULES, claimBy, submissionOf, suiteOf } from '../fixture.js'
import { claim, expire, lose, noBeads, recordOf, tell } from './attempt-scene.js'

/** The attempts of each task: whose, from when to when, and how they ended. */
export function attemptConformance (fixture: StoreFixture): void {
  const suite = suiteOf(fixture, { ...RULES, attempts: 3 })

  suite('a task that is completed at the first attempt has no other', async (t, { store, clock }) => {
    await store.submit(submissionOf('1+2'))
    t.match(await recordOf(store), { attempts: 0, claimedAt: null, endedAttempts: null })
    const { id, lease } = await claim(store, 'a')
    const claimedAt = clock.now()
    clock.advance(70)
    await tell(store, { task: id, lease, result: 3 })
    t.same(await recordOf(store), {
      state: 'completed', attempts: 1, agent: 'a', claimedAt, completedAt: clock.now(), endedAttempts: null
    })
  })

  suite('an expired attempt is on record, until the attempts are used up', async (t, bundle) => {
    const { store } = bundle
    await store.submit(submissionOf('1+2'))
    const first = await lose(bundle, 'first')
    t.same(await recordOf(store), {
      state: 'ready', attempts: 1, agent: null, claimedAt: null, completedAt: null, endedAttempts: [first]
    })
    const unnamed = await lose(bundle, null)
    const last = await lose(bundle, 'last')
    const ended = { attempts: 3, agent: 'last', claimedAt: last.claimedAt, completedAt: null }
    const endedAttempts = [first, unnamed, last]
    t.same(await recordOf(store), { ...ended, state: 'overdue', endedAttempts })
    await expire(bundle)
    t.same(await recordOf(store), { ...ended, state: 'failed', endedAttempts })
    t.same((await store.find(1))?.error?.agents, ['first', null, 'last'])
  })

  suite('a failed attempt has the reported message; the last one ends the expression', async (t, bundle) => {
    const { store, clock } = bundle
    await store.submit(submissionOf('1+2'))
    const endedAttempts: EndedAttempt[] = []
    for (const [number, lease] of ['its own', null, 'its own'].entries()) {
      const task = await claim(store, `agent ${number}`)
      const claimedAt = clock.now()
      clock.advance(30)
      const report = { task: task.id, lease: lease === null ? null : task.lease, error: noBeads(true) }
      t.equal(await tell(store, report), 'accepted')
      endedAttempts.push({
        attempt: number + 1,
        agent: `agent ${number}`,
        lease: task.lease,
        claimedAt,
        endedAt: clock.now(),
        outcome: 'failed',
        message: 'No beads'
      })
      t.match(await recordOf(store), { attempts: number + 1 })
    }
    t.same(await recordOf(store), {
      state: 'failed',
      attempts: 3,
      agent: 'agent 2',
      claimedAt: endedAttempts[2]!.claimedAt,
      completedAt: null,
      endedAttempts
    })
    t.match(await store.find(1), { error: { message: /No beads/, agents: ['agent 0', 'agent 1', 'agent 2'] } })
  })

  suite('a final error ends the attempt as failed, and those of other operations as cancelled', async (t, bundle) => {
    const { store, clock } = bundle
    await store.submit(submissionOf('(1+2)*(3+4)*(5+6)'))
    const [one, other] = await store.claim(claimBy('a', 2))
    const claimedAt = clock.now()
    clock.advance(10)
    await tell(store, { task: one!.id, lease: one!.lease, error: noBeads(false) })
    const { tasks, firstTask } = (await store.findOperations(1))!
    const common = { attempt: 1, agent: 'a', claimedAt, endedAt: clock.now() }
    t.same(tasks[one!.id - firstTask]!.endedAttempts, [
      { ...common, lease: one!.lease, outcome: 'failed', message: 'No beads' }
    ])
    t.same(tasks[other!.id - firstTask]!.endedAttempts, [{ ...common, lease: other!.lease, outcome: 'cancelled' }])
    t.same(tasks.filter(({ endedAttempts }) => endedAttempts !== null).length, 2, 'the others had none')
  })

  suite('a released attempt gives its number back and stays on record', async (t, { store, clock }) => {
    await store.submit(submissionOf('1+2'))
    const { id, lease } = await claim(store, 'first')
    const claimedAt = clock.now()
    clock.advance(40)
    await store.release([{ task: id, lease }])
    const released = { attempt: 1, agent: 'first', lease, claimedAt, endedAt: clock.now(), outcome: 'released' }
    t.match(await recordOf(store), { state: 'ready', attempts: 0, agent: null, claimedAt: null })
    const again = await claim(store, 'second')
    t.equal(again.attempt, 1)
    await tell(store, { task: id, lease: again.lease, result: 3 })
    t.match(await recordOf(store), { state: 'completed', attempts: 1, agent: 'second' })
    t.same((await store.findOperations(1))!.tasks[0]!.endedAttempts, [released])
  })

  for (const [end, act] of [
    ['a cancellation', async ({ store }: Bundle) => store.cancel(1)],
    ['the time limit', async ({ store, clock }: Bundle) => {
      clock.advance(5_000)
      await store.expire()
    }]
  ] as const) {
    const timed = suiteOf(fixture, { ...RULES, timeoutMs: 5_000 })
    timed(`${end} ends open attempts as cancelled`, async (t, bundle) => {
      const { store, clock } = bundle
      await store.submit(submissionOf('(1+2)*(3+4)'))
      const { lease } = await claim(store, 'a')
      const claimedAt = clock.now()
      await act(bundle)
      t.same(await recordOf(store), {
        state: 'dropped',
        attempts: 1,
        agent: 'a',
        claimedAt,
        completedAt: null,
        endedAttempts: [{ attempt: 1, agent: 'a', lease, claimedAt, endedAt: clock.now(), outcome: 'cancelled' }]
      })
      t.equal((await store.findOperations(1))!.tasks[1]!.endedAttempts, null)
    })
  }

  suite('an attempt that was never claimed is none', async (t, { store, clock }) => {
    await store.submit(submissionOf('1+2'))
    await tell(store, { task: 1, lease: null, result: 3 })
    t.same(await recordOf(store), {
      state: 'completed', attempts: 0, agent: null, claimedAt: null, completedAt: clock.now(), endedAttempts: null
    })
  })

  const patient = suiteOf(fixture, { ...RULES, attempts: 30 })
  patient('of many attempts the first and the latest are kept', async (t, bundle) => {
    const { store } = bundle
    await store.submit(submissionOf('1+2'))
    const all: EndedAttempt[] = []
    for (let attempt = 1; attempt <= 25; attempt++) all.push(await lose(bundle, `agent ${attempt}`))
    const endedAttempts = [all[0]!, ...all.slice(-19)]
    t.same((await store.findOperations(1))!.tasks[0]!.endedAttempts, endedAttempts)
    await tell(store, { task: 1, lease: all[2]!.lease, result: 3 })
    t.match(await recordOf(store), { agent: null, claimedAt: null }, 'an attempt that is no longer known')
    t.same((await store.findOperations(1))!.tasks[0]!.endedAttempts, endedAttempts)
  })

  if (!fixture.durable) return

  for (const how of ['restart', 'crash'] as const) {
    suite(`a ${how} keeps the attempts, and releases those of local agents`, async (t, bundle) => {
      const { store, clock } = bundle
      await store.submit(submissionOf('1+2'))
      const expired = await lose(bundle, 'a')
      const { lease } = await claim(store, 'b')
      await tell(store, { task: 1, lease, error: noBeads(true) })
      const [own] = await store.claim({ ...claimBy('own'), local: true })
      const claimedAt = clock.now()
      // Makes sure that the claim is stored.
      await store.submit(submissionOf('3+4'))
      const again = await bundle[how]()
      const { attempts, endedAttempts } = (await again.findOperations(1))!.tasks[0]!
      t.equal(attempts, 2)
      t.match(endedAttempts, [
        expired,
        { attempt: 2, agent: 'b', lease, outcome: 'failed', message: 'No beads' },
        { attempt: 3, agent: 'own', lease: own!.lease, claimedAt, outcome: 'released' }
      ])
      t.same(await again.report([{ task: 1, lease: expired.lease, result: 3 }]), ['accepted'])
      t.match((await again.findOperations(1))!.tasks[0], { agent: 'a', claimedAt: expired.claimedAt })
    })
  }
}
