import type { Change } from '../store.js'

export type ReadyNotice = ReturnType<typeof createReadyNotice>

/**
 * Collects the tasks that become ready in one verb and are not claimed in it, and announces the rest at its end: an
 * agent that reports one task and claims the next in the same verb wakes no other agent for it.
 */
export function createReadyNotice (announce: (change: Change) => void) {
  let counts = new Map<string, number>()

  return {
    add (symbol: string, count = 1): void {
      counts.set(symbol, (counts.get(symbol) ?? 0) + count)
    },

    /** One of these was claimed, or is ready no more. */
    remove (symbol: string): void {
      const count = counts.get(symbol)
      if (count === undefined) return
      if (count > 1) counts.set(symbol, count - 1)
      else counts.delete(symbol)
    },

    announce (): void {
      if (counts.size === 0) return
      const change: Change = { type: 'ready', counts }
      counts = new Map()
      announce(change)
    }
  }
}
