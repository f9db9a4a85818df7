import type { Change } from '../core/store.js'

/** The listeners of a store: what `Store.watch` adds, the store notifies. */
export function createListeners () {
  const listeners = new Set<(change: Change) => void>()
  return {
    add (listener: (change: Change) => void): () => void {
      listeners.add(listener)
      return () => { listeners.delete(listener) }
    },

    notify (change: Change): void {
      for (const listener of listeners) listener(change)
    }
  }
}
