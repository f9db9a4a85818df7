import { test } from 'tap'
import { createManualClock } from '../../manual-clock.js'
import { claimBy, claimOne, submissionOf } from '../fixture.js'
import { type Member, join } from './scene.js'
import { startServer } from './server.js'

const server = await startServer()

test('changes are announced once until the next read, and polled for while there are followers', async t => {
  const url = await server.createDatabase()
  const clock = createManualClock()
  const members = [await join(url, { clock, paceMs: 0 }), await join(url, { clock, paceMs: 0 })]
  const [{ store, changes }, { store: other }] = members as [Member, Member]
  const hints = (): unknown[] =>
    changes.splice(0).flatMap(change => change.type === 'changed' ? [change.id] : [])
  const { id } = await store.submit(submissionOf('1+2'))
  t.same(hints(), [], 'without a follower')
  const { cursor } = (await store.changesOf(id, null, 10))!
  const { id: next } = await store.submit(submissionOf('1+2'))
  const task = await claimOne(store)
  t.same(hints(), [next, id])
  await store.report([{ task: task.id, lease: task.lease, result: 3 }])
  t.same(hints(), [], 'until the next read')
  const read = async (): Promise<unknown> => store.changesOf(id, cursor, 10)
  await read()
  await store.cancel(next)
  t.same(hints(), [next])

  // Nothing notifies of a claim at another server.
  clock.advance(1_000)
  hints()
  await other.submit(submissionOf('5+6'))
  const { cursor: now } = (await store.changesOf(id, null, 10))!
  hints()
  for (const [tick, told] of [[49, []], [1, [null]]] as const) {
    clock.advance(tick)
    t.same(hints(), told)
  }
  await other.claim(claimBy())
  for (const pause of [100, 200, 400, 800, 1_000, 1_000]) {
    await store.changesOf(id, now, 10)
    clock.advance(pause - 1)
    t.same(hints(), [])
    clock.advance(1)
    t.same(hints(), [null], `${pause} ms after a read that found nothing`)
  }
  await store.changesOf(id, now, 10)
  const { id: third } = await store.submit(submissionOf('1+2'))
  t.same(hints(), [third])
  await store.changesOf(third, null, 10)
  clock.advance(50)
  t.same(hints(), [null], '50 ms after a read that found something')
  await store.changesOf(id, now, 10)
  clock.advance(61_000)
  hints()
  await store.submit(submissionOf('1+2'))
  clock.advance(5_000)
  t.same(hints(), [], 'after a minute without a read')
  for (const { store } of members) await store.close()
})
