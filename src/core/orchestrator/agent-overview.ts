import { type AgentRecord, SILENT_AFTER_MS, agentKey } from './agents.js'
import type { LeasedTask, TaskOverview } from '../queue/task-overview.js'

/** Who computes what, and what nobody can do. */
export interface AgentOverview {
  readonly agents: readonly AgentOverviewEntry[]
  /** Tasks that are ready and whose operation no live agent can do, by symbol. */
  readonly unserved: ReadonlyMap<string, number>
}

/**
 * working: it holds tasks. idle: it was heard from lately, or waits for work. silent: neither. gone: it said that it
 * leaves, or has been silent for `GONE_AFTER_MS`.
 */
export const AGENT_STATES = ['working', 'idle', 'silent', 'gone'] as const

export type AgentState = typeof AGENT_STATES[number]

/** Silence after which an agent is taken to be gone, in ms. */
export const GONE_AFTER_MS = 5 * 60_000

export interface AgentOverviewEntry extends AgentRecord {
  readonly state: AgentState
  /** How many claims of it wait for work. */
  readonly waiting: number
  readonly tasks: readonly LeasedTask[]
}

/**
 * @param now ms since the epoch
 * @param waiting how many claims wait, by the agents' keys
 * @param holderOf the key of the agent that has a task
 */
export function createAgentOverview (
  records: readonly AgentRecord[], survey: TaskOverview, waiting: ReadonlyMap<string, number>, now: number,
  holderOf: (task: number, agent: string | null) => string
): AgentOverview {
  const tasks = new Map<string, LeasedTask[]>(records.map(({ key }) => [key, []]))
  for (const task of survey.leased) {
    const key = holderOf(task.id, task.agent)
    const held = tasks.get(key)
    if (held === undefined) tasks.set(key, [task])
    else held.push(task)
  }
  const known = new Map(records.map(record => [record.key, record]))
  const agents = [...tasks].map(([key, held]): AgentOverviewEntry => {
    const record = known.get(key) ?? unheard(held)
    const waits = waiting.get(key) ?? 0
    return { ...record, waiting: waits, tasks: held, state: stateOf(record, waits, held, now) }
  })

  const isLive = ({ state }: AgentOverviewEntry): boolean => state === 'working' || state === 'idle'
  const served = new Set(agents.filter(isLive).flatMap(({ symbols }) => symbols))
  return { agents, unserved: new Map([...survey.ready].filter(([symbol]) => !served.has(symbol))) }
}

/** An agent that was given tasks before this process began and has not spoken since. */
function unheard (held: readonly LeasedTask[]): AgentRecord {
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
