import { test } from 'tap'
import type { Store } from '../../../src/core/store.js'
import { answer, claimBy, submissionOf } from '../fixture.js'
import { createFollower, createListFollower, knownExpression, knownOperations } from '../follower.js'
import { join } from './scene.js'
import { startServer } from './server.js'

const server = await startServer()

/** An expression of two to the power of `depth` operations, most of which are ready at once. */
function tree (depth: number): string {
  return depth === 0 ? '1' : `(${tree(depth - 1)}+${tree(depth - 1)})`
}

/** Works in batches, and gives some tasks back, until nothing is open. */
async function work (store: Store, max: number): Promise<void> {
  for (let round = 0; (await store.load()).openExpressions > 0; round++) {
    const [first, ...tasks] = await store.claim(claimBy(`agent ${max}`, max))
    if (first !== undefined && round % 5 === 0) await store.release([{ task: first.id, lease: first.lease }])
    else if (first !== undefined) tasks.push(first)
    await store.report(tasks.map(task => ({ task: task.id, lease: task.lease, result: answer(task) })))
  }
}

test('followers that change servers at each read know everything in the end, and begin once', async t => {
  const url = await server.createDatabase()
  const members = [await join(url, { paceMs: 0 }), await join(url, { paceMs: 0 })]
  const stores = members.map(({ store }) => store)
  const sources = Array.from({ length: 8 }, (_, at) => tree(4 + at % 4).replace('1', String(at)))
  const ids = await Promise.all(sources.map(async (source, at) =>
    (await stores[at % 2]!.submit({ ...submissionOf(source, 0), source })).id))
  const followers = ids.flatMap(id => [3, 1_000].map(limit => createFollower(id, limit)))
  const lists = [2, 1_000].map(createListFollower)
  const working = Promise.all(stores.flatMap(store => [3, 8].map(max => work(store, max))))
  const ended = { working: false }
  working.finally(() => { ended.working = true }).catch(() => {})
  for (let round = 0; !ended.working; round++) {
    const store = stores[round % 2]!
    await Promise.all([...followers, ...lists].map(follower => follower.read(store)))
  }
  await working
  for (const follower of followers) {
    await follower.catchUp(stores[0]!)
    const shown = (await stores[1]!.findOperations(follower.id))!
    t.same(follower.expression, knownExpression(shown.expression))
    t.same(follower.operations, knownOperations(shown))
    t.equal(follower.starts, 1)
  }
  for (const list of lists) {
    await list.catchUp(stores[1]!)
    t.same(list.entries, await stores[0]!.list({}))
    t.equal(list.starts, 1)
  }
  for (const { store, faults } of members) {
    await store.close()
    t.same(faults, [])
  }
})
