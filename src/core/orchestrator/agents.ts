import type { Clock } from '../clock.js'
import type { Events } from './events.js'
import type { ClaimedTask } from '../store.js'
import { type AgentIdentity, agentKey } from './agent-identity.js'

export { type AgentIdentity, agentKey } from './agent-identity.js'

/** What is known of the agents of one name, or without a name at one address. Times in ms since the epoch. */
export interface AgentRecord {
  readonly key: string
  readonly name: string | null
  /** Only of an agent without a name. */
  readonly address?: string
  /** It said that it leaves: all of its instances that are known did. */
  readonly hasLeft: boolean
  /** Those that say which one they are, in the order in which they first spoke. */
  readonly instances: readonly string[]
  readonly since: number
  readonly lastSeen: number
  /** Tasks handed out to it, and results of it that counted. */
  readonly claimed: number
  readonly completed: number
  /** What it said last that it can do; empty while it has not asked for work. */
  readonly symbols: readonly string[]
}

/**
 * Remembers the agents that were heard from, at a cost that does not grow with their number. It is for people: it
 * begins anew with each process, and nothing depends on it but the list of agents and the leaving
 * of an instance.
 */
export interface Agents {
  /** It asked for work, and can do these. */
  asked (who: AgentIdentity, symbols: readonly string[]): void
  claimed (who: AgentIdentity, tasks: readonly ClaimedTask[]): void
  /** It reported; so many of its results counted. */
  reported (who: AgentIdentity, completed: number): void
  /** It says that it works on something, or gives it back. */
  lives (who: AgentIdentity): void
  /** The instance is shutting down: it is given nothing for `LEAVING_MS`. */
  leaves (who: AgentIdentity): void
  isLeaving (who: AgentIdentity): boolean
  /** All that are not forgotten, in the order in which they first spoke. */
  list (): AgentRecord[]
  /** The key of the agent that has the task, as far as it is known here: the store knows agents by name only. */
  holderOf (task: number, agent: string | null): string
  /** Sets no timer any more; all else goes on, because results are taken to the end. */
  stop (): void
}

/** Silence after which an agent is forgotten, in ms: longer than the longest poll, so that an idle one stays. */
export const FORGET_AFTER_MS = 10 * 60_000

/** The same for one that said that it leaves. */
export const FORGET_LEFT_AFTER_MS = 60_000

/** An agent that waits speaks at least as often; one that is silent for longer is not there to take work. In ms. */
export const SILENT_AFTER_MS = 90_000

/** Tasks of agents without a name whose holders are remembered; of more, the first are forgotten. */
const MOST_HELD = 10_000

/**
 * For how long an instance that leaves is given nothing, in ms. Its parked polls are answered when it says so; this is
 * for those that are still on their way. One that asks later is a new process with the instance name of the old one.
 */
export const LEAVING_MS = 10_000

/** Names are chosen by those who speak: at most so many are remembered, and so many instances of one name. */
const MOST_NAMES = 10_000
const MOST_INSTANCES = 1_000

interface Entry {
  readonly who: AgentIdentity
  readonly since: number
  readonly instances: Map<string, Instance>
  /** On the monotonic clock, as in an instance. */
  lastSeen: number
  claimed: number
  completed: number
  symbols: readonly string[]
  /** Until then it is at work, and need not speak; on the monotonic clock. */
  busyUntil: number
  /** Told to be gone, and not heard from since. */
  isAway: boolean
}

interface Instance {
  seenAt: number
  /** When it last said that it leaves; -Infinity when it did not, or has come back. */
  leftAt: number
}

export function createAgents (clock: Clock, events: Pick<Events, 'agentConnected' | 'agentGone'> = {}): Agents {
  const entries = new Map<string, Entry>()
  const holders = new Map<number, string>()
  let cancelWatch: (() => void) | null = null
  let isStopped = false

  function spoke (who: AgentIdentity): Entry {
    const { instance = null } = who
    const now = clock.monotonic()
    const key = agentKey(who)
    let entry = entries.get(key)
    const isBack = entry === undefined || entry.isAway
    if (entry === undefined) {
      if (entries.size >= MOST_NAMES) makeRoom()
      entry = {
        who,
        since: clock.now(),
        instances: new Map(),
        lastSeen: now,
        claimed: 0,
        completed: 0,
        symbols: [],
        busyUntil: now,
        isAway: false
      }
      entries.set(key, entry)
    }
    entry.lastSeen = now
    if (instance !== null) noteInstance(entry, instance, now)
    // A last word of one that has left brings it back no more than a poll of it that was on its way.
    if (isBack && !hasLeft(entry)) {
      entry.isAway = false
      events.agentConnected?.(who)
      watchLater()
    }
    return entry
  }

  function noteInstance ({ instances }: Entry, name: string, now: number): void {
    const known = instances.get(name)
    if (known !== undefined) {
      known.seenAt = now
      if (!isAway(known, now)) known.leftAt = -Infinity
      return
    }
    for (const [other, { seenAt }] of instances) if (seenAt <= now - FORGET_AFTER_MS) instances.delete(other)
    const [oldest] = instances.keys()
    if (oldest !== undefined && instances.size >= MOST_INSTANCES) instances.delete(oldest)
    instances.set(name, { seenAt: now, leftAt: -Infinity })
  }

  /** One that was killed never says it, so that instances that are silent for long do not count. */
  function hasLeft ({ instances }: Entry): boolean {
    const before = clock.monotonic() - SILENT_AFTER_MS
    const all = [...instances.values()]
    return all.some(({ leftAt }) => leftAt > -Infinity) &&
      all.every(({ leftAt, seenAt }) => leftAt > -Infinity || seenAt <= before)
  }

  /** Only while an agent is there, and only where an observer is to be told. */
  function watchLater (): void {
    if (!isStopped && events.agentGone !== undefined) cancelWatch ??= clock.after(SILENT_AFTER_MS, watch)
  }

  function watch (): void {
    cancelWatch = null
    const before = clock.monotonic() - SILENT_AFTER_MS
    let isAnyThere = false
    for (const entry of entries.values()) {
      if (entry.isAway) continue
      if (Math.max(entry.lastSeen, entry.busyUntil) > before) isAnyThere = true
      else went(entry, 'silent')
    }
    if (isAnyThere) watchLater()
  }

  function went (entry: Entry, why: 'left' | 'silent'): void {
    if (entry.isAway) return
    entry.isAway = true
    events.agentGone?.(entry.who, why)
  }

  function remember (task: number, key: string): void {
    holders.delete(task)
    holders.set(task, key)
    const [oldest] = holders.keys()
    if (oldest !== undefined && holders.size > MOST_HELD) holders.delete(oldest)
  }

  function isAway ({ leftAt }: Instance, now: number): boolean {
    return now - leftAt < LEAVING_MS
  }

  function forgetSilent (before: number): void {
    for (const [key, { lastSeen }] of entries) if (lastSeen <= before) entries.delete(key)
  }

  function makeRoom (): void {
    forgetSilent(clock.monotonic() - FORGET_AFTER_MS)
    if (entries.size < MOST_NAMES) return
    // A tenth at once, so that a flood of names does not sort them all for each.
    const seen = [...entries.values()].map(({ lastSeen }) => lastSeen).sort((one, other) => one - other)
    forgetSilent(seen[Math.floor(seen.length / 10)]!)
  }

  return {
    asked (who, symbols) {
      spoke(who).symbols = symbols
    },

    claimed (who, tasks) {
      const entry = spoke(who)
      entry.claimed += tasks.length
      const now = clock.monotonic()
      for (const { id, leaseMs } of tasks) {
        entry.busyUntil = Math.max(entry.busyUntil, now + leaseMs)
        if (who.agent === null) remember(id, agentKey(who))
      }
    },

    reported (who, completed) {
      spoke(who).completed += completed
    },

    lives (who) {
      spoke(who)
    },

    leaves (who) {
      const entry = spoke(who)
      const instance = entry.instances.get(who.instance ?? '')
      if (instance === undefined) return
      instance.leftAt = instance.seenAt
      if (hasLeft(entry)) went(entry, 'left')
    },

    isLeaving (who) {
      const { instance } = who
      const known = instance == null ? undefined : entries.get(agentKey(who))?.instances.get(instance)
      return known !== undefined && isAway(known, clock.monotonic())
    },

    list () {
      const now = clock.monotonic()
      forgetSilent(now - FORGET_AFTER_MS)
      for (const [key, entry] of entries) {
        if (entry.lastSeen <= now - FORGET_LEFT_AFTER_MS && hasLeft(entry)) entries.delete(key)
      }
      const wall = clock.now()
      return [...entries].map(([key, entry]) => {
        const { who: { agent: name, address }, instances, since, lastSeen, claimed, completed, symbols } = entry
        return {
          key,
          name,
          ...name === null && address !== undefined && { address },
          hasLeft: hasLeft(entry),
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

    holderOf: (task, agent) => agent === null ? holders.get(task) ?? agentKey({ agent }) : agentKey({ agent }),

    stop () {
      isStopped = true
      cancelWatch?.()
      cancelWatch = null
    }
  }
}
