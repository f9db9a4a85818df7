import type { AgentClient } from './client.js'
import type { AgentClock } from './clock.js'
import type { AgentLog } from './log.js'
import type { AgentTask } from './protocol/task.js'
import { createWarning } from './warnings.js'

/**
 * The longest time between two heartbeats, in ms. Within it, an agent learns of a cancellation and frees the slot. One
 * request serves all slots of a thread: 1,000 busy ones cost the server 0.7 % of a core, the agents 0.9 %.
 */
const LONGEST_INTERVAL_MS = 1_500

/** The longest time between two renewals of a lease, in ms. A renewal is stored; a mere check is not. */
const LONGEST_UNRENEWED_MS = 10_000

/** How long the orchestrator may take to answer a heartbeat, in ms. */
const TIMEOUT_MS = 1_000

export interface HeartbeatOptions {
  readonly client: Pick<AgentClient, 'heartbeat'>
  readonly agent: string
  readonly log: AgentLog
  readonly clock: AgentClock
}

export type Heartbeat = ReturnType<typeof createHeartbeat>

/**
 * The heartbeats of all loops of a thread: it renews the leases of the tasks that they work on, announces which of
 * these need no more work, and releases tasks. There is one timer for all, and none while every task ends well within
 * its lease.
 */
export function createHeartbeat (options: HeartbeatOptions) {
  let leaving: Promise<boolean> | undefined

  async function send (releasing: readonly AgentTask[], isLeaving: boolean): Promise<boolean> {
    try {
      const signal = AbortSignal.timeout(TIMEOUT_MS)
      await options.client.heartbeat({ working: [], releasing, leaving: isLeaving }, signal)
      return true
    } catch {
      // Nothing depends on it: the caller then aborts its claim, and a lease ends by itself.
      return false
    }
  }

  return {
    ...createRenewals(options),

    /** Whether a task that is finished in `workMs` has to be tracked. */
    isNeeded: ({ lease, leaseMs }: AgentTask, workMs: number): boolean =>
      lease !== null && leaseMs !== null && workMs > thirdOf(leaseMs, LONGEST_INTERVAL_MS),

    /** Releases those tasks that have leases. If that fails, the tasks are ready again when their leases end. */
    async release (tasks: readonly AgentTask[]): Promise<void> {
      const leased = tasks.filter(({ lease }) => lease !== null)
      if (leased.length > 0) await send(leased, false)
    },

    /**
     * Asks the orchestrator, once for all loops, to answer the waiting claims and to give this agent no more tasks, so
     * that no task is on its way to a closed connection.
     *
     * @returns false when the orchestrator did not agree in time.
     */
    leave (): Promise<boolean> {
      leaving ??= send([], true)
      return leaving
    }
  }
}

interface Tracked {
  readonly onEnded: () => void
  readonly everyMs: number
  /** When its lease is to be renewed. */
  renewAt: number
}

function createRenewals ({ client, agent, log, clock }: HeartbeatOptions) {
  const tracked = new Map<AgentTask, Tracked>()
  const warning = createWarning(agent, log, 'Heartbeat failed; retrying')
  let isRunning = false
  /** Aborted when a task is due sooner than the next heartbeat. */
  let pause = new AbortController()
  let nextAt = Infinity

  async function run (): Promise<void> {
    isRunning = true
    while (tracked.size > 0) {
      const leftMs = nextAt - clock.monotonic()
      if (leftMs > 0) {
        pause = new AbortController()
        await clock.sleep(leftMs, pause.signal)
        continue
      }
      await beat()
      nextAt = clock.monotonic() + Math.min(...Array.from(tracked.values(), ({ everyMs }) => everyMs))
    }
    nextAt = Infinity
    isRunning = false
  }

  async function beat (): Promise<void> {
    const working: AgentTask[] = []
    const checking: AgentTask[] = []
    for (const [task, { renewAt, everyMs }] of tracked) {
      if (renewAt < clock.monotonic() + everyMs) working.push(task)
      else checking.push(task)
    }
    try {
      const message = { working, checking, releasing: [], leaving: false }
      const ended = await client.heartbeat(message, AbortSignal.timeout(TIMEOUT_MS))
      warning.succeeded()
      for (const task of working) {
        const renewed = tracked.get(task)
        if (renewed !== undefined) renewed.renewAt = renewalOf(task)
      }
      for (const task of [...working, ...checking]) if (ended.has(task.id)) tracked.get(task)?.onEnded()
    } catch (error) {
      // Two more heartbeats come before the lease ends.
      warning.failed(error)
    }
  }

  function renewalOf ({ leaseMs }: AgentTask): number {
    return clock.monotonic() + thirdOf(leaseMs ?? Infinity, LONGEST_UNRENEWED_MS)
  }

  return {
    /** Renews the lease until the task is untracked. `onEnded` is called when the task is lost or cancelled. */
    track (task: AgentTask, onEnded: () => void): void {
      const everyMs = thirdOf(task.leaseMs ?? Infinity, LONGEST_INTERVAL_MS)
      tracked.set(task, { onEnded, everyMs, renewAt: renewalOf(task) })
      const at = clock.monotonic() + everyMs
      if (at < nextAt) {
        nextAt = at
        pause.abort()
      }
      if (!isRunning) run()
    },

    untrack (task: AgentTask): void {
      if (tracked.delete(task) && tracked.size === 0) pause.abort()
    }
  }
}

/** A lease is renewed three times before it would end. */
function thirdOf (leaseMs: number, mostMs: number): number {
  return Math.min(leaseMs / 3, mostMs)
}
