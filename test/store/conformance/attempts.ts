import type { EndedAttempt } from '../../../src/core/queue/calculation.js'
import type { ClaimedTask, Outcome, Report, Store } from '../../../src/core/store.js'
import { type Bundle, type StoreFixture, RULES, claimBy, submissionOf, suiteOf } from '../fixture.js'

/** The first operation of the first expression: its own attempt, and the others. */
async function recordOf (store: Store): Promise<object> {
  const { state, attempts, agent, claimedAt, completedAt, endedAttempts } = (await store.findOperations(1))!.tasks[0]!
  return { state, attempts, agent, claimedAt, completedAt, endedAttempts }
}

async function claim (store: Store, agent: string | null): Promise<ClaimedTask> {
  const [task] = await store.claim(claimBy(agent))
  if (task === undefined) throw new Error('There was nothing to claim')
  return task
}

async function tell (store: Store, report: Report): Promise<Outcome> {
  const [outcome] = await store.report([report])
  return outcome!
}

const noBeads = (retryable: boolean) => ({ code: 'out_of_beads', message: 'No beads', retryable })

/** The attempts of each task: whose, from when to when, and how they ended. */
export function attemptConformance (fixture: StoreFixture): void {
  const suite = suiteOf(fixture, { ...RULES, attempts: 3 })

  /** Ends the lease of the task and nothing else. */
  async function expire ({ store, clock }: Bundle): Promise<number> {
    clock.advance(20_000)
    await store.expire()
    return clock.now()
  }

  /** A claim, and its end when the lease expires. */
  async function lose (bundle: Bundle, agent: string | null): Promise<EndedAttempt> {
    const { lease, attempt } = await claim(bundle.store, agent)
    const claimedAt = bundle.clock.now()
    const endedAt = await expire(bundle)
    return { attempt, agent, lease, claimedAt, endedAt, outcome: 'expired' }
  }

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
