import type { Clock } from '../clock.js'
import type { Expression } from '../expression.js'
import { NO_WAIT, type Waiter, type Waiters, type WaitOptions, createWaiters } from './waiters.js'

export interface Reader extends Waiter {
  /** The final expression, once it was announced: the store may have deleted it since. */
  readonly final: Expression | null
}

interface ReaderState {
  final: Expression | null
}

/** All readers of one expression. */
interface ExpressionReaders {
  readonly waiters: Waiters<ReaderState>
  /** Includes those that wait no longer. */
  readonly states: Set<ReaderState>
}

export type Readers = ReturnType<typeof createReaders>

/**
 * Requests that wait for expressions to become final.
 *
 * @param clock where each request's timer is set
 */
export function createReaders (clock: Pick<Clock, 'after'>) {
  const readers = new Map<number, ExpressionReaders>()
  let isCleared = false

  function wakeReaders ({ waiters }: ExpressionReaders): void {
    while (waiters.wake(() => true) !== undefined);
  }

  return {
    /** From now until `leave` the reader gets the final expression, even when its wait is over. */
    wait (id: number, options: WaitOptions): Reader {
      const all = readers.get(id) ?? { waiters: createWaiters<ReaderState>(clock), states: new Set() }
      readers.set(id, all)
      const state: ReaderState = { final: null }
      all.states.add(state)
      const { woken, leave } = all.waiters.wait(state, isCleared ? NO_WAIT : options)
      return {
        woken,
        leave () {
          leave()
          if (all.states.delete(state) && all.states.size === 0) readers.delete(id)
        },
        get final () {
          return state.final
        }
      }
    },

    /** @param final the final expression, if it was announced */
    wake (id: number, final?: Expression): void {
      const all = readers.get(id)
      if (all === undefined) return
      if (final !== undefined) for (const state of all.states) state.final = final
      wakeReaders(all)
    },

    wakeAll (): void {
      for (const all of readers.values()) wakeReaders(all)
    },

    /** Ends all waits, now and from now on. */
    clear (): void {
      isCleared = true
      for (const { waiters } of readers.values()) waiters.clear()
    }
  }
}
