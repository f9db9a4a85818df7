import type { AgentRecord } from './agents.js'
import type { HeldTask, Survey } from './store.js'

/** Who computes what, and what nobody can do. */
export interface Roster {
  readonly agents: readonly RosterEntry[]
  /** Tasks that are ready and whose operation no live agent can do, by symbol. */
  readonly unserved: ReadonlyMap<string, number>
}

export interface RosterEntry extends AgentRecord {
  /** How many claims of it wait for work. */
  readonly waiting: number
  readonly tasks: readonly HeldTask[]
}

/** An agent that waits speaks at least as often; one that is silent for longer is not there to take work. In ms. */
const LIVE_MS = 90_000

/**
 * @param now ms since the epoch
 * @param waiting how many claims wait, by agent
 */
export function createRoster (
  records: readonly AgentRecord[], survey: Survey, waiting: ReadonlyMap<string | null, number>, now: number
): Roster {
  const tasks = new Map<string | null, HeldTask[]>(records.map(({ name }) => [name, []]))
  for (const task of survey.held) {
    const held = tasks.get(task.agent)
    if (held === undefined) tasks.set(task.agent, [task])
    else held.push(task)
  }
  const known = new Map(records.map(record => [record.name, record]))
  const agents = [...tasks].map(([name, held]): RosterEntry =>
    ({ ...known.get(name) ?? silent(name, held), waiting: waiting.get(name) ?? 0, tasks: held }))

  const served = new Set(agents.filter(agent => isLive(agent, now)).flatMap(({ symbols }) => symbols))
  return { agents, unserved: new Map([...survey.ready].filter(([symbol]) => !served.has(symbol))) }
}

/** Whoever was given tasks before this process began and has not spoken since. */
function silent (name: string | null, held: readonly HeldTask[]): AgentRecord {
  const times = held.map(({ since }) => since).sort((one, other) => one - other)
  const [since = 0] = times
  return { name, instances: [], since, lastSeen: times.at(-1) ?? since, claimed: 0, completed: 0, symbols: [] }
}

function isLive ({ waiting, tasks, lastSeen }: RosterEntry, now: number): boolean {
  return waiting > 0 || tasks.length > 0 || now - lastSeen <= LIVE_MS
}
