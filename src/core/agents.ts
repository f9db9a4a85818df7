import type { Clock } from './clock.js'

/** Who speaks: a name for people, and what tells processes (or threads) of one name apart. Neither grants anything. */
export interface Who {
  /** Null for an agent that does not say. */
  readonly agent: string | null
  readonly instance?: string | null
}

/** What is known of the agents of one name. Times in ms since the epoch. */
export interface AgentRecord {
  readonly name: string | null
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
 * Remembers who has spoken, at a cost that does not grow with their number. It is for people: it
 * begins anew with each process, and nothing depends on it but the list of agents and the leaving
 * of an instance.
 */
export interface Agents {
  /** It asked for work, and can do these. */
  asked (who: Who, symbols: readonly string[]): void
  claimed (who: Who, count: number): void
  /** It reported; so many of its results counted. */
  reported (who: Who, completed: number): void
  /** It says that it works on something, or gives it back. */
  lives (who: Who): void
  /** The instance is shutting down: it is given nothing for `LEAVING_MS`. */
  leaves (who: Who): void
  isLeaving (who: Who): boolean
  /** All that are not forgotten, in the order in which they first spoke. */
  list (): AgentRecord[]
}

/** Silence after which an agent is forgotten, in ms: longer than the longest poll, so that an idle one stays. */
export const FORGET_AFTER_MS = 10 * 60_000

/**
 * For how long an instance that leaves is given nothing, in ms. Its parked polls are answered when it says so; this is
 * for those that are still on their way. One that asks later is a new process with the instance name of the old one.
 */
export const LEAVING_MS = 10_000

/** Names are chosen by those who speak: at most so many are remembered, and so many instances of one name. */
const MOST_NAMES = 10_000
const MOST_INSTANCES = 1_000

interface Entry {
  readonly name: string | null
  readonly since: number
  readonly instances: Map<string, Instance>
  /** On the monotonic clock, as in an instance. */
  lastSeen: number
  claimed: number
  completed: number
  symbols: readonly string[]
}

interface Instance {
  seenAt: number
  /** When it last said that it leaves; -Infinity when it did not, or has come back. */
  leftAt: number
}

export function createAgents (clock: Clock): Agents {
  const entries = new Map<string | null, Entry>()

  function spoke ({ agent, instance = null }: Who): Entry {
    const now = clock.monotonic()
    let entry = entries.get(agent)
    if (entry === undefined) {
      if (entries.size >= MOST_NAMES) makeRoom()
      entry = {
        name: agent,
        since: clock.now(),
        instances: new Map(),
        lastSeen: now,
        claimed: 0,
        completed: 0,
        symbols: []
      }
      entries.set(agent, entry)
    }
    entry.lastSeen = now
    if (instance !== null) noteInstance(entry, instance, now)
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

  function isAway ({ leftAt }: Instance, now: number): boolean {
    return now - leftAt < LEAVING_MS
  }

  function forgetSilent (before: number): void {
    for (const [name, { lastSeen }] of entries) if (lastSeen <= before) entries.delete(name)
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

    claimed (who, count) {
      spoke(who).claimed += count
    },

    reported (who, completed) {
      spoke(who).completed += completed
    },

    lives (who) {
      spoke(who)
    },

    leaves (who) {
      const instance = spoke(who).instances.get(who.instance ?? '')
      if (instance !== undefined) instance.leftAt = instance.seenAt
    },

    isLeaving ({ agent, instance }) {
      const known = instance == null ? undefined : entries.get(agent)?.instances.get(instance)
      return known !== undefined && isAway(known, clock.monotonic())
    },

    list () {
      const now = clock.monotonic()
      forgetSilent(now - FORGET_AFTER_MS)
      const wall = clock.now()
      return [...entries.values()].map(({ name, instances, since, lastSeen, claimed, completed, symbols }) => ({
        name,
        instances: [...instances].flatMap(([instance, { seenAt, leftAt }]) =>
          leftAt > -Infinity || seenAt <= now - FORGET_AFTER_MS ? [] : instance),
        since,
        lastSeen: wall - (now - lastSeen),
        claimed,
        completed,
        symbols
      }))
    }
  }
}
