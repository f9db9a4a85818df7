import { setImmediate } from 'node:timers/promises'
import type { AgentClock } from '../../src/agent/clock.js'

export interface ManualClock extends AgentClock {
  /** The length of every sleep so far that was asked for, in ms. */
  readonly sleeps: readonly number[]
  /** How many sleep right now. */
  readonly sleepers: number
  /** Lets time pass, waking sleepers in their order and letting what they start go on. */
  advance (ms: number): Promise<void>
}

/** Lets everything that waits for nothing but promises go on. */
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
