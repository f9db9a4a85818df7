import type { Store } from '../../../src/core/store.js'
import {
  type KnownExpression, createFollower, createListFollower, knownExpression, knownOperations
} from '../follower.js'
import { same } from './picture.js'

/** Pieces of one and of many: a small one is behind, as a slow follower is. */
const LIMITS = [1, 100]

/**
 * Followers of all expressions and of the list. Quick ones know everything after each step; slow ones read a piece now
 * and then, and everything at the end. They keep their cursors when the store is opened again.
 */
export function createFollowers () {
  const lists = LIMITS.map(createListFollower)
  const followers = new Map<number, ReadonlyArray<ReturnType<typeof createFollower>>>()
  let step = 0

  async function check (store: Store, isLast: boolean): Promise<void> {
    const listed = await store.list({})
    for (const { id } of listed) {
      if (!followers.has(id)) followers.set(id, LIMITS.map(limit => createFollower(id, limit)))
    }
    for (const [index, list] of lists.entries()) {
      const isSlow = index === 0 && !isLast
      if (!isSlow) await list.catchUp(store)
      else if (step % 3 === 0) await list.read(store)
      if (!isSlow) same(list.entries, listed, 'the list of a follower')
    }
    for (const [id, [slow, quick]] of followers) {
      const shown = await store.findOperations(id)
      if (shown === null) {
        followers.delete(id)
        continue
      }
      const expression: KnownExpression = knownExpression(shown.expression)
      const wanted = { expression, operations: knownOperations(shown) }
      if (isLast) await slow!.catchUp(store)
      else if ((step + id) % 3 === 0) await slow!.read(store)
      await quick!.catchUp(store)
      for (const follower of isLast ? [slow!, quick!] : [quick!]) {
        const { expression, operations } = follower
        same({ expression, operations }, wanted, `what a follower of ${id} knows`)
      }
    }
  }

  return {
    /** Reads after a step, and throws where a quick follower knows something else than the store shows. */
    async afterStep (store: Store): Promise<void> {
      step++
      await check(store, false)
    },

    /** The same of all followers. */
    atEnd: (store: Store): Promise<void> => check(store, true)
  }
}
