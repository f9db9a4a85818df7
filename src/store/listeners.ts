import type { Change } from '../core/store.js'

/** Those who watch a store. */
export interface Listeners {
  add (listener: (change: Change) => void): () => void
  notify (change: Change): void
}

export function createListeners (): Listeners {
  const listeners = new Set<(change: Change) => void>()
  return {
    add (listener) {
      listeners.add(listener)
      return () => { listeners.delete(listener) }
    },
    notify (change) {
      for (const listener of listeners) listener(change)
    }
  }
}
