import type { AgentClient } from './client.js'
import type { AgentClock } from './clock.js'
import { createFaults } from './faults.js'
import type { AgentLog } from './log.js'
import type { AgentTask } from './task.js'

/**
 * How long an agent says nothing of what it works on, in ms: after so long it learns of a cancellation, and its slot is
 * free again. One request for all slots of a thread: 1,000 busy ones cost the server 0.7 % of a core, the agents 0.9 %.
 */
const LONGEST_SILENCE_MS = 1_500

/** How long a lease goes without being prolonged, in ms. That is something to be kept, where a look at it is not. */
const LONGEST_UNRENEWED_MS = 10_000

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
  /** When its lease is to be prolonged. */
  renewAt: number
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
      await speak()
      let everyMs = Infinity
      for (const one of held.values()) everyMs = Math.min(everyMs, one.everyMs)
      nextAt = clock.monotonic() + everyMs
    }
    nextAt = Infinity
    beating = false
  }

  async function speak (): Promise<void> {
    const working: AgentTask[] = []
    const checking: AgentTask[] = []
    for (const [task, { renewAt, everyMs }] of held) {
      // Its time comes before the next heartbeat.
      if (renewAt < clock.monotonic() + everyMs) working.push(task)
      else checking.push(task)
    }
    try {
      const heartbeat = { working, checking, releasing: [], leaving: false }
      const ended = await client.heartbeat(heartbeat, AbortSignal.timeout(PATIENCE_MS))
      faults.over()
      for (const task of working) noteRenewed(task)
      for (const task of [...working, ...checking]) if (ended.has(task.id)) held.get(task)?.onEnded()
    } catch (error) {
      // Two more come before the lease is over.
      faults.note(error)
    }
  }

  function noteRenewed (task: AgentTask): void {
    const one = held.get(task)
    if (one !== undefined) one.renewAt = renewalOf(task)
  }

  function renewalOf ({ leaseMs }: AgentTask): number {
    return clock.monotonic() + thirdOf(leaseMs ?? Infinity, LONGEST_UNRENEWED_MS)
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
    needed: ({ lease, leaseMs }, workMs) =>
      lease !== null && leaseMs !== null && workMs > thirdOf(leaseMs, LONGEST_SILENCE_MS),

    hold (task, onEnded) {
      const everyMs = thirdOf(task.leaseMs ?? Infinity, LONGEST_SILENCE_MS)
      held.set(task, { onEnded, everyMs, renewAt: renewalOf(task) })
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
function thirdOf (leaseMs: number, mostMs: number): number {
  return Math.min(leaseMs / 3, mostMs)
}
