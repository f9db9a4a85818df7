import type { Clock } from '../../../src/core/clock.js'
import type { Store } from '../../../src/core/store.js'
import type { Verb } from './verbs.js'

/** What a watcher knows of the next deadline: what `expire` answered, or an earlier one that was announced since. */
export function createWatcher (clock: Clock) {
  let unwatch = (): void => {}
  /** On the monotonic clock; an empty store has no deadline. */
  let knownAt = Infinity

  return {
    /** @param fromAt what is known: `Infinity` of an empty store, `-Infinity` before the first `expire` of another */
    watch (store: Store, fromAt: number): void {
      unwatch()
      knownAt = fromAt
      unwatch = store.watch(change => {
        if (change.type === 'deadline') knownAt = Math.min(knownAt, clock.monotonic() + change.inMs)
      })
    },

    /** Makes the call; what an `expire` in it answers takes the place of what was known before. */
    async follow (verb: Verb, makeCall: () => Promise<unknown>): Promise<unknown> {
      if (!includesExpire(verb)) return makeCall()
      knownAt = Infinity
      const answer = await makeCall()
      knownAt = Math.min(knownAt, clock.monotonic() + earliest(verb, answer))
      return answer
    },

    check (nextAt: number): void {
      if (knownAt > nextAt) throw new Error(`a watcher knows of a deadline at ${knownAt}; the next is at ${nextAt}`)
    }
  }
}

function includesExpire (verb: Verb): boolean {
  return verb.do === 'expire' || (verb.do === 'together' && verb.verbs.some(includesExpire))
}

/** In ms; Infinity where nothing is due. */
function earliest (verb: Verb, answer: unknown): number {
  if (verb.do === 'expire') return typeof answer === 'number' ? answer : Infinity
  if (verb.do !== 'together' || !Array.isArray(answer)) return Infinity
  return Math.min(...verb.verbs.map((inner, index) => earliest(inner, answer[index])))
}
