import { test } from 'tap'
import { createFeeds } from '../../../src/core/orchestrator/feeds.js'
import { createLeaseTokens } from '../../../src/store/lease-tokens.js'
import { createMemoryStore } from '../../../src/store/memory.js'
import { createManualClock } from '../../manual-clock.js'
import { RULES, claimBy, submissionOf } from '../../store/fixture.js'

async function createScene () {
  const clock = createManualClock()
  const store = createMemoryStore({ clock, rules: RULES, newLease: createLeaseTokens() })
  const feeds = createFeeds({
    store,
    clock,
    agents: async () => ({ agents: [], unserved: new Map() }),
    maxFollowers: 3,
    onFault: error => { throw error }
  })
  store.watch(change => { if (change.type === 'changed') feeds.changed(change.id) })
  const { id } = await store.submit(submissionOf('1+2'))
  return { clock, store, feeds, id }
}

test('followers are limited, and counted until they leave', async t => {
  const { feeds, id } = await createScene()
  const followers = [(await feeds.expression(id, null))!, (await feeds.expression(id, null))!, await feeds.list(null)]
  t.equal(feeds.followers, 3)
  await t.rejects(feeds.expression(id, null), { code: 'streams_full' })
  await t.rejects(feeds.list(null), { code: 'streams_full' })
  followers[0]!.leave()
  followers[0]!.leave()
  t.equal(feeds.followers, 2)
  t.equal(await feeds.expression(99, null), null)
  t.equal(feeds.followers, 2, 'an unknown expression has no follower')
  await feeds.expression(id, null)
  await t.rejects(feeds.list(null), { code: 'streams_full' })
})

test('a change reaches the followers of its expression and of the list', async t => {
  const { feeds, id, store, clock } = await createScene()
  const [one, list] = [(await feeds.expression(id, null))!, await feeds.list(null)]
  await one.next()
  await list.next()
  const changed = [one.next(), list.next()]
  await store.claim(claimBy())
  const passing = setInterval(() => clock.advance(10), 1)
  const messages = await Promise.all(changed).finally(() => clearInterval(passing))
  t.match(messages, [
    { item: { isStart: false, expression: { status: 'in_progress' } } },
    { item: { expressions: [{ id, status: 'in_progress' }], agents: null } }
  ])
})

test('a follower that joins while the last one leaves gets what changes', async t => {
  const { feeds, id, store, clock } = await createScene()
  const first = (await feeds.expression(id, null))!
  const joining = feeds.expression(id, null)
  first.leave()
  const follower = (await joining)!
  await follower.next()
  const change = follower.next()
  await store.claim(claimBy())
  const passing = setInterval(() => clock.advance(10), 1)
  t.match(await change.finally(() => clearInterval(passing)), { item: { expression: { status: 'in_progress' } } })
})

test('when it closes, all followers end, and no timer is left', async t => {
  const { feeds, id, clock } = await createScene()
  const follower = (await feeds.expression(id, null))!
  await follower.next()
  const waiting = follower.next()
  feeds.close()
  t.match(await waiting, { type: 'closed' })
  await t.rejects(feeds.expression(id, null), { code: 'draining' })
  follower.leave()
  t.equal(feeds.followers, 0)
  t.equal(clock.timers, 0)
})
