import type { Change } from '../store.js'

/**
 * What became ready in one step and was not claimed in it. Those who watch are told of the
 * remainder when the step is over: an agent that settles one operation and takes the next with it
 * wakes nobody for work that is gone already.
 */
export interface ReadyNotice {
  add (symbol: string, count?: number): void
  /** Somebody took one of these, or it is ready no more. */
  remove (symbol: string): void
  /** The step is over. */
  announce (): void
}

export function createReadyNotice (tell: (change: Change) => void): ReadyNotice {
  let counts = new Map<string, number>()

  return {
    add (symbol, count = 1) {
      counts.set(symbol, (counts.get(symbol) ?? 0) + count)
    },

    remove (symbol) {
      const count = counts.get(symbol)
      if (count === undefined) return
      if (count > 1) counts.set(symbol, count - 1)
      else counts.delete(symbol)
    },

    announce () {
      if (counts.size === 0) return
      const change: Change = { type: 'ready', counts }
      counts = new Map()
      tell(change)
    }
  }
}
