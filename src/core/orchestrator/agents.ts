import type { Clock } from '../clock.js'
import type { Events } from './events.js'
import type { ClaimedTask } from '../store.js'
import { type AgentIdentity, agentKey } from './agent-identity.js'
import {
  FORGET_AFTER_MS, FORGET_LEFT_AFTER_MS, type Instances, SILENT_AFTER_MS, haveLeft, isLeaving, noteInstance
} from './agent-instances.js'

/** The agents of one name, or those without a name at one address. Times in ms since the epoch. */
export interface AgentRecord {
  readonly key: string
  readonly name: string | null
  /** Only for agents without a name. */
  readonly address?: string
  /** All of its known instances said that they leave. */
  readonly hasLeft: boolean
  /** Named instances, in the order of their first request. */
  readonly instances: readonly string[]
  readonly since: number
  readonly lastSeen: number
  /** Tasks that it claimed, and results of it that were accepted. */
  readonly claimed: number
  readonly completed: number
  /** The operations of its last claim; empty before its first. */
  readonly symbols: readonly string[]
}

/** Tasks whose holder is remembered, for agents without a name; beyond it, the oldest are forgotten. */
const MAX_HOLDERS = 10_000

/** Agents choose their names, so there must be a limit of what is remembered. */
const MAX_NAMES = 10_000

interface Entry {
  readonly identity: AgentIdentity
  readonly since: number
  readonly instances: Instances
  /** On the monotonic clock, as in an instance. */
  lastSeen: number
  claimed: number
  completed: number
  symbols: readonly string[]
  /** End of its last lease: until then it may be silent. On the monotonic clock. */
  busyUntil: number
  /** Reported as gone, and not heard from since. */
  isGone: boolean
}

export type Agents = ReturnType<typeof createAgents>

/**
 * Remembers the agents that were heard from, at a bounded cost. It begins anew with each process, and nothing depends
 * on it but the list of agents and the leaving of an instance.
 */
export function createAgents (clock: Clock, events: Pick<Events, 'agentConnected' | 'agentGone'> = {}) {
  const entries = new Map<string, Entry>()
  const holders = new Map<number, string>()
  let cancelWatch: (() => void) | null = null
  let isStopped = false

  function heard (identity: AgentIdentity): Entry {
    const { instance = null } = identity
    const now = clock.monotonic()
    const key = agentKey(identity)
    let entry = entries.get(key)
    const isBack = entry === undefined || entry.isGone
    if (entry === undefined) {
      if (entries.size >= MAX_NAMES) makeRoom()
      entry = {
        identity,
        since: clock.now(),
        instances: new Map(),
        lastSeen: now,
        claimed: 0,
        completed: 0,
        symbols: [],
        busyUntil: now,
        isGone: false
      }
      entries.set(key, entry)
    }
    entry.lastSeen = now
    if (instance !== null) noteInstance(entry.instances, instance, now)
    // The last requests of an agent that has left do not bring it back.
    if (isBack && !haveLeft(entry.instances, now)) {
      entry.isGone = false
      events.agentConnected?.(identity)
      watchLater()
    }
    return entry
  }

  /** Sets the timer only while there are agents, and only for an observer. */
  function watchLater (): void {
    if (!isStopped && events.agentGone !== undefined) cancelWatch ??= clock.after(SILENT_AFTER_MS, watch)
  }

  function watch (): void {
    cancelWatch = null
    const before = clock.monotonic() - SILENT_AFTER_MS
    let isAnyLeft = false
    for (const entry of entries.values()) {
      if (entry.isGone) continue
      if (Math.max(entry.lastSeen, entry.busyUntil) > before) isAnyLeft = true
      else markGone(entry, 'silent')
    }
    if (isAnyLeft) watchLater()
  }

  function markGone (entry: Entry, why: 'left' | 'silent'): void {
    if (entry.isGone) return
    entry.isGone = true
    events.agentGone?.(entry.identity, why)
  }

  function rememberHolder (task: number, key: string): void {
    holders.delete(task)
    holders.set(task, key)
    const [oldest] = holders.keys()
    if (oldest !== undefined && holders.size > MAX_HOLDERS) holders.delete(oldest)
  }

  function forgetSilent (before: number): void {
    for (const [key, { lastSeen }] of entries) if (lastSeen <= before) entries.delete(key)
  }

  function makeRoom (): void {
    forgetSilent(clock.monotonic() - FORGET_AFTER_MS)
    if (entries.size < MAX_NAMES) return
    // A tenth at once, so that a flood of names does not sort them all for each new one.
    const seen = [...entries.values()].map(({ lastSeen }) => lastSeen).sort((one, other) => one - other)
    forgetSilent(seen[Math.floor(seen.length / 10)]!)
  }

  return {
    /** It claims, and can do these operations. */
    claiming (identity: AgentIdentity, symbols: readonly string[]): void {
      heard(identity).symbols = symbols
    },

    claimed (identity: AgentIdentity, tasks: readonly ClaimedTask[]): void {
      const entry = heard(identity)
      entry.claimed += tasks.length
      const now = clock.monotonic()
      for (const { id, leaseMs } of tasks) {
        entry.busyUntil = Math.max(entry.busyUntil, now + leaseMs)
        if (identity.agent === null) rememberHolder(id, agentKey(identity))
      }
    },

    /** @param completed number of its results that were accepted */
    reported (identity: AgentIdentity, completed: number): void {
      heard(identity).completed += completed
    },

    /** It sent a heartbeat. */
    seen (identity: AgentIdentity): void {
      heard(identity)
    },

    /** The instance shuts down: it gets no tasks for `LEAVING_MS`. */
    leave (identity: AgentIdentity): void {
      const entry = heard(identity)
      const instance = entry.instances.get(identity.instance ?? '')
      if (instance === undefined) return
      instance.leftAt = instance.seenAt
      if (haveLeft(entry.instances, instance.leftAt)) markGone(entry, 'left')
    },

    isLeaving (identity: AgentIdentity): boolean {
      const { instance } = identity
      const known = instance == null ? undefined : entries.get(agentKey(identity))?.instances.get(instance)
      return known !== undefined && isLeaving(known, clock.monotonic())
    },

    /** All that are not forgotten, in the order of their first request. */
    list (): AgentRecord[] {
      const now = clock.monotonic()
      forgetSilent(now - FORGET_AFTER_MS)
      for (const [key, entry] of entries) {
        if (entry.lastSeen <= now - FORGET_LEFT_AFTER_MS && haveLeft(entry.instances, now)) entries.delete(key)
      }
      const wall = clock.now()
      return [...entries].map(([key, entry]) => {
        const { identity: { agent: name, address }, instances, since, lastSeen, claimed, completed, symbols } = entry
        return {
          key,
          name,
          ...name === null && address !== undefined && { address },
          hasLeft: haveLeft(instances, now),
          instances: [...instances].flatMap(([instance, { seenAt, leftAt }]) =>
            leftAt > -Infinity || seenAt <= now - FORGET_AFTER_MS ? [] : instance),
          since,
          lastSeen: wall - (now - lastSeen),
          claimed,
          completed,
          symbols
        }
      })
    },

    /** The key of the agent that holds the task, as far as it is known: the store knows agents by name only. */
    holderOf: (task: number, agent: string | null): string =>
      (agent === null ? holders.get(task) : undefined) ?? agentKey({ agent }),

    /** Sets no timer any more; the rest goes on, because results are taken until the end. */
    stop (): void {
      isStopped = true
      cancelWatch?.()
      cancelWatch = null
    }
  }
}
