import type { AgentOverview, AgentOverviewEntry } from './agent-overview.js'
import { type ChangeOrder, createChangeOrder } from '../queue/change-order.js'

/** What has changed in the overview of the agents since a revision. */
export interface AgentChanges {
  readonly revision: number
  /** Whether `changed` has all agents: there was no revision, or it is too old. */
  readonly isAll: boolean
  readonly changed: readonly AgentOverviewEntry[]
  readonly removed: ReadonlyArray<Pick<AgentOverviewEntry, 'name' | 'address'>>
  /** Null unless it has changed. */
  readonly unserved: AgentOverview['unserved'] | null
}

/** Agents that may be remembered, those that are gone included, before the changes begin anew. */
const MAX_KEYS = 20_000

/** Stands in the order of changes for the unserved tasks. No agent has this key. */
const UNSERVED = '\u0000unserved'

/** `lastSeen` comes from two clocks at each overview: while it is the same, it differs by less than this, in ms. */
const JITTER_MS = 5

/** Compares each overview of the agents with the one before. */
export function createAgentChanges () {
  let entries = new Map<string, { readonly entry: AgentOverviewEntry, readonly text: string, isRemoved: boolean }>()
  let unserved: AgentOverview['unserved'] = new Map()
  let unservedText = ''
  let revision = 0
  let order: ChangeOrder<string> = createChangeOrder(revision)

  return {
    /** Returns whether anything has changed. */
    update (overview: AgentOverview): boolean {
      const before = revision
      if (entries.size > MAX_KEYS) {
        entries = new Map()
        order = createChangeOrder(++revision)
      }
      const present = new Set<string>()
      for (const entry of overview.agents) {
        present.add(entry.key)
        const { lastSeen, ...rest } = entry
        const text = JSON.stringify(rest)
        const known = entries.get(entry.key)
        const isSeenAgain = known === undefined || Math.abs(known.entry.lastSeen - lastSeen) > JITTER_MS
        if (known?.text === text && !isSeenAgain && !known.isRemoved) continue
        entries.set(entry.key, { entry, text, isRemoved: false })
        order.add(entry.key, ++revision)
      }
      for (const [key, known] of entries) {
        if (known.isRemoved || present.has(key)) continue
        known.isRemoved = true
        order.add(key, ++revision)
      }
      const text = JSON.stringify([...overview.unserved])
      if (text !== unservedText) {
        unservedText = text
        unserved = overview.unserved
        order.add(UNSERVED, ++revision)
      }
      return revision > before
    },

    /** @param since null for everything */
    since (since: number | null): AgentChanges {
      if (since === null || since < order.from) {
        const present = [...entries.values()].filter(({ isRemoved }) => !isRemoved)
        return { revision, isAll: true, changed: present.map(({ entry }) => entry), removed: [], unserved }
      }
      const { keys } = order.since(since, Infinity)
      const known = keys.flatMap(key => entries.get(key) ?? [])
      return {
        revision,
        isAll: false,
        changed: known.flatMap(({ entry, isRemoved }) => isRemoved ? [] : entry),
        removed: known.flatMap(({ entry: { name, address }, isRemoved }) =>
          isRemoved ? { name, ...address !== undefined && { address } } : []),
        unserved: keys.includes(UNSERVED) ? unserved : null
      }
    }
  }
}
