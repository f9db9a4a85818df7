import { setImmediate } from 'node:timers/promises'
import type { AgentClock } from '../../src/agent/clock.js'

export interface ManualClock extends AgentClock {
  /** The requested lengths of all sleeps so far, in ms. */
  readonly sleeps: readonly number[]
  /** Number of callers that sleep now. */
  readonly sleepers: number
  /** Lets time pass: wakes the sleepers in their order, and lets the code that they run go on. */
  advance (ms: number): Promise<void>
}

/** Lets all code run that waits for promises only. */
export async function settled (): Promise<void> {
  await setImmediate()
}

export function manualClock (): ManualClock {
  let now = 0
  const sleeps: number[] = []
  const sleepers = new Set<{ at: number, wake: () => void }>()

  return {
    sleeps,
    monotonic: () => now,

    get sleepers () {
      return sleepers.size
    },

    sleep (ms, signal) {
      sleeps.push(ms)
      return new Promise(resolve => {
        const sleeper = { at: now + ms, wake }
        function wake (): void {
          sleepers.delete(sleeper)
          signal.removeEventListener('abort', wake)
          resolve()
        }
        if (signal.aborted) resolve()
        else {
          sleepers.add(sleeper)
          signal.addEventListener('abort', wake)
        }
      })
    },

    async advance (ms) {
      const until = now + ms
      await settled()
      for (;;) {
        const next = [...sleepers].sort((a, b) => a.at - b.at)[0]
        if (next === undefined || next.at > until) break
        now = Math.max(now, next.at)
        next.wake()
        await settled()
      }
      now = until
    }
  }
}
