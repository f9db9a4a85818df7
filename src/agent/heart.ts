import type { AgentClient } from './client.js'
import type { AgentClock } from './clock.js'
import { createFaults } from './faults.js'
import type { AgentLog } from './log.js'
import type { AgentTask } from './task.js'

/** How long an agent at most says nothing of what it works on, in ms: after so long it learns of a cancellation. */
const LONGEST_SILENCE_MS = 10_000

/** How long the orchestrator may take to answer that an agent leaves or gives something back, in ms. */
const PATIENCE_MS = 1_000

/**
 * Speaks for all loops of a thread while they are too busy to: it prolongs the leases of what they
 * work on, tells them what nobody needs any more, and gives back what they leave. One timer for
 * all, and none while everything is done well within its lease.
 */
export interface Heart {
  /** Whether work that takes so long has to be held. */
  needed (task: AgentTask, workMs: number): boolean
  /** Prolongs the lease until let go. `onEnded` is called when the task is lost or cancelled. */
  hold (task: AgentTask, onEnded: () => void): void
  letGo (task: AgentTask): void
  /** Gives tasks back unworked, as far as they have leases; failing that, their leases bring them back. */
  release (tasks: readonly AgentTask[]): Promise<void>
  /**
   * Asks, once for all loops, that parked claims be answered and nothing be handed out any more, so that no task is
   * under way to somebody who hangs up. False when the orchestrator did not agree in time.
   */
  leave (): Promise<boolean>
}

export interface HeartOptions {
  readonly client: Pick<AgentClient, 'heartbeat'>
  readonly agent: string
  readonly log: AgentLog
  readonly clock: AgentClock
}

interface Held {
  readonly onEnded: () => void
  readonly everyMs: number
}

export function createHeart ({ client, agent, log, clock }: HeartOptions): Heart {
  const held = new Map<AgentTask, Held>()
  const faults = createFaults(agent, log, 'A heartbeat did not get through')
  let beating = false
  /** Aborted to look at the clock again: something was held that is due sooner. */
  let restless = new AbortController()
  let nextAt = Infinity
  let leaving: Promise<boolean> | undefined

  async function beat (): Promise<void> {
    beating = true
    while (held.size > 0) {
      const leftMs = nextAt - clock.monotonic()
      if (leftMs > 0) {
        restless = new AbortController()
        await clock.sleep(leftMs, restless.signal)
        continue
      }
      await speak([...held.keys()])
      nextAt = clock.monotonic() + Math.min(...[...held.values()].map(({ everyMs }) => everyMs))
    }
    nextAt = Infinity
    beating = false
  }

  async function speak (working: readonly AgentTask[]): Promise<void> {
    try {
      const ended = await client.heartbeat({ working, releasing: [], leaving: false }, AbortSignal.timeout(PATIENCE_MS))
      faults.over()
      for (const task of working) if (ended.has(task.id)) held.get(task)?.onEnded()
    } catch (error) {
      // Two more come before the lease is over.
      faults.note(error)
    }
  }

  async function tell (releasing: readonly AgentTask[], isLeaving: boolean): Promise<boolean> {
    try {
      const signal = AbortSignal.timeout(PATIENCE_MS)
      await client.heartbeat({ working: [], releasing, leaving: isLeaving }, signal)
      return true
    } catch {
      // Nothing depends on it: a poll is given up then, and a lease ends by itself.
      return false
    }
  }

  return {
    needed: (task, workMs) => task.lease !== null && task.leaseMs !== null && workMs > silenceOf(task.leaseMs),

    hold (task, onEnded) {
      const everyMs = silenceOf(task.leaseMs ?? Infinity)
      held.set(task, { onEnded, everyMs })
      const at = clock.monotonic() + everyMs
      if (at < nextAt) {
        nextAt = at
        restless.abort()
      }
      if (!beating) beat()
    },

    letGo (task) {
      if (held.delete(task) && held.size === 0) restless.abort()
    },

    async release (tasks) {
      const leased = tasks.filter(({ lease }) => lease !== null)
      if (leased.length > 0) await tell(leased, false)
    },

    leave () {
      leaving ??= tell([], true)
      return leaving
    }
  }
}

/** A lease is prolonged three times before it would end. */
function silenceOf (leaseMs: number): number {
  return Math.min(leaseMs / 3, LONGEST_SILENCE_MS)
}
