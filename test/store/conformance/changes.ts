import type { Test } from 'tap'
import type { Store } from '../../../src/core/store.js'
import { createFollower, createListFollower, knownExpression, knownOperations } from '../follower.js'
import { RULES, type StoreFixture, answer, claimBy, claimOne, submissionOf, suiteOf, workOff } from '../fixture.js'

type Follower = ReturnType<typeof createFollower>

/** Changes since a cursor. */
export function changesConformance (fixture: StoreFixture): void {
  const suite = suiteOf(fixture)
  const small = suiteOf(fixture, { ...RULES, retain: 2 })

  suite('a follower gets the whole expression first, in pieces, and then what changes', async (t, { store }) => {
    const { id } = await store.submit(submissionOf('(1+2)*(3+4)-(5+6)*(7+8)'))
    const follower = createFollower(id, 3)
    t.equal(await follower.read(store), false)
    t.equal(await follower.read(store), false)
    t.equal(follower.operations.length, 6)
    await follower.catchUp(store)
    await sees(t, store, follower)
    const task = await claimOne(store)
    t.equal(await follower.read(store), true)
    await sees(t, store, follower)
    await store.report([{ task: task.id, lease: task.lease, result: answer(task) }])
    await follower.catchUp(store)
    await sees(t, store, follower)
    t.equal(follower.starts, 1)
  })

  suite('a cursor of something else starts anew', async (t, { store }) => {
    const { id } = await store.submit(submissionOf('1+2'))
    const { id: other } = await store.submit(submissionOf('3+4'))
    const followers = [createFollower(id, 10), createFollower(other, 10), createListFollower(10)]
    // All of them are followed, and reach about the same.
    for (let round = 0; round < 2; round++) {
      for (const follower of followers) await follower.catchUp(store)
      if (round === 0) for (let claims = 0; claims < 2; claims++) await claimOne(store)
    }
    const { cursor: one } = (await store.changesOf(id, null, 10))!
    const { cursor: another } = (await store.changesOf(other, null, 10))!
    const { cursor: ofList } = await store.listChanges(null, 10)
    for (const cursor of [one, another, ofList]) {
      t.match(await store.changesOf(id, cursor, 10), { isStart: cursor !== one })
      t.match(await store.changesOf(other, cursor, 10), { isStart: cursor !== another })
      t.match(await store.listChanges(cursor, 10), { isStart: cursor !== ofList })
    }
  })

  suite('nothing new is an empty answer', async (t, { store }) => {
    const { id } = await store.submit(submissionOf('1+2'))
    const follower = createFollower(id, 10)
    await follower.catchUp(store)
    await follower.catchUp(store)
    const changes = await store.changesOf(id, follower.cursor, 10)
    t.match(changes, { isStart: false, isComplete: true, expression: null, operations: { indices: [], tasks: [] } })
  })

  suite('an unknown expression has no changes', async (t, { store }) => {
    t.equal(await store.changesOf(1, null, 10), null)
  })

  suite('a number has no operations to follow', async (t, { store }) => {
    const { id } = await store.submit(submissionOf('42'))
    const follower = createFollower(id, 10)
    await follower.catchUp(store)
    t.match(follower.expression, { status: 'completed', result: 42 })
  })

  suite('changes during the pieces of a start are read after them', async (t, { store }) => {
    const { id } = await store.submit(submissionOf('(1+2)*(3+4)-(5+6)*(7+8)'))
    const follower = createFollower(id, 2)
    while (!await follower.read(store)) {
      for (const task of await store.claim(claimBy())) {
        await store.report([{ task: task.id, lease: task.lease, result: answer(task) }])
      }
    }
    await sees(t, store, follower)
  })

  suite('a slow follower gets each changed operation once, as it is now', async (t, { store }) => {
    const { id } = await store.submit(submissionOf('(1+2)*(3+4)-(5+6)*(7+8)'))
    const follower = createFollower(id, 100)
    await follower.catchUp(store)
    await workOff(store)
    const { operations, expression } = (await store.changesOf(id, follower.cursor, 100))!
    t.same([...operations.indices].sort(), [0, 1, 2, 3, 4, 5, 6])
    t.match(expression, { status: 'completed' })
    await follower.catchUp(store)
    await sees(t, store, follower)
    t.equal(follower.starts, 1)
  })

  for (const [what, act] of [
    ['a cancellation', (store: Store, id: number) => store.cancel(id)],
    ['a failure', async (store: Store) => {
      const { id, lease } = await claimOne(store)
      return store.report([{ task: id, lease, error: { code: 'no_paper', message: 'No paper', retryable: false } }])
    }]
  ] as const) {
    suite(`${what} changes every unfinished operation`, async (t, { store }) => {
      const { id } = await store.submit(submissionOf('(1+2)*(3+4)-(5+6)*(7+8)'))
      const follower = createFollower(id, 2)
      await follower.catchUp(store)
      const task = await claimOne(store)
      await store.report([{ task: task.id, lease: task.lease, result: answer(task) }])
      await follower.catchUp(store)
      await act(store, id)
      await follower.catchUp(store)
      await sees(t, store, follower)
      t.equal(follower.starts, 1)
    })
  }

  suite('leases that end, retries and releases are changes', async (t, { store, clock }) => {
    const { id } = await store.submit(submissionOf('1+2'))
    const follower = createFollower(id, 10)
    await follower.catchUp(store)
    const released = await claimOne(store)
    await store.release([{ task: released.id, lease: released.lease }])
    await follower.catchUp(store)
    await sees(t, store, follower)
    for (let attempt = 0; attempt < RULES.attempts; attempt++) {
      await claimOne(store)
      clock.advance(RULES.leaseMs + 100)
      await store.expire()
      await follower.catchUp(store)
      await sees(t, store, follower)
    }
    t.equal(follower.operations[0]!.task.state, 'overdue')
  })

  suite('a cursor that the store did not give begins anew', async (t, { store }) => {
    const { id } = await store.submit(submissionOf('1+2'))
    await (createFollower(id, 10)).catchUp(store)
    for (const cursor of ['', 'x', ':', '1:2', 'a:1:1', '\u0000', '9'.repeat(10_000), '1:2:3:4', '-1', 'NaN:1', '\'']) {
      t.match(await store.changesOf(id, cursor, 10), { isStart: true, isComplete: true, operations: { indices: [0] } })
      t.match(await store.listChanges(cursor, 10), { isStart: true, expressions: [{ id }] })
    }
  })

  suite('the cursor of another expression or of the list loses nothing', async (t, { store }) => {
    const one = await store.submit(submissionOf('1+2'))
    const other = await store.submit(submissionOf('3+4'))
    const [follower, list] = [createFollower(one.id, 10), createListFollower(10)]
    await follower.catchUp(store)
    await list.catchUp(store)
    await workOff(store)
    const misled = createFollower(other.id, 10)
    misled.goTo(list.cursor)
    await misled.catchUp(store)
    const before = misled.starts
    misled.goTo(null)
    await misled.catchUp(store)
    await sees(t, store, misled)
    t.ok(before <= 1)
  })

  suite('the list tells new, changed and deleted expressions', async (t, { store }) => {
    for (const source of ['1+2', '3', '4*5', '6-7']) await store.submit(submissionOf(source))
    const list = createListFollower(2)
    await list.catchUp(store)
    t.same(list.entries, await store.list({}))
    await store.submit(submissionOf('8/9'))
    await workOff(store)
    await store.cancel(1)
    await list.catchUp(store)
    t.same(list.entries, await store.list({}))
    t.equal(list.starts, 1)
  })

  small('a deleted expression leaves the list', async (t, { store }) => {
    const list = createListFollower(3)
    await list.catchUp(store)
    for (const source of ['1', '2', '3', '4', '5']) {
      await store.submit(submissionOf(source))
      await list.catchUp(store)
      t.same(list.entries, await store.list({}))
    }
    t.equal(list.starts, 1)
  })

  suite('what changes after a read is announced once until the next read', async (t, { store, changes }) => {
    const { id } = await store.submit(submissionOf('1+2+3'))
    const follower = createFollower(id, 10)
    await follower.catchUp(store)
    changes.splice(0)
    const { id: task, lease } = await claimOne(store)
    await store.report([{ task, lease, result: 3 }])
    const hints = changes.splice(0).filter(({ type }) => type === 'changed')
    t.equal(hints.length, 1)
    await follower.catchUp(store)
    changes.splice(0)
    await claimOne(store)
    t.equal(changes.filter(({ type }) => type === 'changed').length, 1)
  })

  suite('a follower that comes back after a long time misses nothing', async (t, { store, clock }) => {
    const { id } = await store.submit(submissionOf('1+2'))
    const other = await store.submit(submissionOf('3+4'))
    const [follower, list] = [createFollower(id, 10), createListFollower(10)]
    await follower.catchUp(store)
    await list.catchUp(store)
    clock.advance(120_000)
    await createFollower(other.id, 10).catchUp(store)
    await store.cancel(id)
    await follower.catchUp(store)
    await list.catchUp(store)
    await sees(t, store, follower)
    t.same(list.entries, await store.list({}))
  })

  if (!fixture.durable) return

  suite('a follower goes on after a restart', async (t, { store, restart, crash }) => {
    const { id } = await store.submit(submissionOf('(1+2)*(3+4)'))
    const [follower, list] = [createFollower(id, 1), createListFollower(1)]
    await follower.read(store)
    await list.read(store)
    const second = await restart()
    await claimOne(second)
    await follower.catchUp(second)
    await list.catchUp(second)
    await sees(t, second, follower)
    const third = await crash()
    await workOff(third)
    await store.cancel(id).catch(() => {})
    await follower.catchUp(third)
    await list.catchUp(third)
    await sees(t, third, follower)
    t.same(list.entries, await third.list({}))
  })
}

/** The follower knows what the store shows. */
async function sees (t: Test, store: Store, follower: Follower): Promise<void> {
  const shown = (await store.findOperations(follower.id))!
  t.same(follower.expression, knownExpression(shown.expression))
  t.same(follower.operations, knownOperations(shown))
}
