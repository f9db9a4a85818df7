import { agentKey } from './agent-identity.js'
import { SILENT_AFTER_MS } from './agent-instances.js'
import type { AgentRecord } from './agents.js'
import type { LeasedTask, TaskOverview } from '../queue/task-overview.js'

export interface AgentOverview {
  readonly agents: readonly AgentOverviewEntry[]
  /** Number of ready tasks whose operation no live agent can do, by symbol. */
  readonly unserved: ReadonlyMap<string, number>
}

/**
 * working: it holds tasks. idle: it was heard from within `SILENT_AFTER_MS`, or has a waiting claim. silent: neither.
 * gone: it said that it leaves, or has been silent for `GONE_AFTER_MS`.
 */
export const AGENT_STATES = ['working', 'idle', 'silent', 'gone'] as const

export type AgentState = typeof AGENT_STATES[number]

/** In ms. */
export const GONE_AFTER_MS = 5 * 60_000

export interface AgentOverviewEntry extends AgentRecord {
  readonly state: AgentState
  /** Number of its waiting claims. */
  readonly waiting: number
  readonly tasks: readonly LeasedTask[]
}

/**
 * @param now ms since the epoch
 * @param waiting number of waiting claims by agent key
 * @param holderOf the key of the agent that holds a task
 */
export function createAgentOverview (
  records: readonly AgentRecord[], overview: TaskOverview, waiting: ReadonlyMap<string, number>, now: number,
  holderOf: (task: number, agent: string | null) => string
): AgentOverview {
  const tasks = new Map<string, LeasedTask[]>(records.map(({ key }) => [key, []]))
  for (const task of overview.leased) {
    const key = holderOf(task.id, task.agent)
    const held = tasks.get(key)
    if (held === undefined) tasks.set(key, [task])
    else held.push(task)
  }
  const known = new Map(records.map(record => [record.key, record]))
  const agents = [...tasks].map(([key, held]): AgentOverviewEntry => {
    const record = known.get(key) ?? unheardOf(held)
    const claims = waiting.get(key) ?? 0
    return { ...record, waiting: claims, tasks: held, state: stateOf(record, claims, held, now) }
  })

  const isLive = ({ state }: AgentOverviewEntry): boolean => state === 'working' || state === 'idle'
  const served = new Set(agents.filter(isLive).flatMap(({ symbols }) => symbols))
  return { agents, unserved: new Map([...overview.ready].filter(([symbol]) => !served.has(symbol))) }
}

/** An agent that claimed tasks before this process began and has sent nothing since. */
function unheardOf (held: readonly LeasedTask[]): AgentRecord {
  const times = held.map(({ since }) => since).sort((one, other) => one - other)
  const [since = 0] = times
  const name = held[0]?.agent ?? null
  return {
    key: agentKey({ agent: name }),
    name,
    hasLeft: false,
    instances: [],
    since,
    lastSeen: times.at(-1) ?? since,
    claimed: 0,
    completed: 0,
    symbols: []
  }
}

function stateOf (
  { hasLeft, lastSeen }: AgentRecord, waiting: number, tasks: readonly LeasedTask[], now: number
): AgentState {
  if (tasks.length > 0) return 'working'
  if (hasLeft) return 'gone'
  if (waiting > 0 || now - lastSeen <= SILENT_AFTER_MS) return 'idle'
  return now - lastSeen <= GONE_AFTER_MS ? 'silent' : 'gone'
}
