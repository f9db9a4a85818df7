import { type Static, Type } from '@sinclair/typebox'
import { FORGET_AFTER_MS, FORGET_LEFT_AFTER_MS, SILENT_AFTER_MS } from '../../core/orchestrator/agent-instances.js'
import {
  AGENT_STATES, type AgentState, GONE_AFTER_MS, type AgentOverview, type AgentOverviewEntry
} from '../../core/orchestrator/agent-overview.js'
import { BASIC_SYMBOLS, OPERATIONS } from '../../core/operations.js'
import { Id, Nullable, Timestamp, withDescription, timestamp } from './common.js'

const Agent = Type.Object({
  name: Nullable('string', { description: 'Null for an agent that sends no name', examples: ['lab-3'] }),
  address: Type.Optional(Type.String({
    description: 'Only for agents without a name, which are listed by address: where they connect from',
    examples: ['192.0.2.7']
  })),
  state: Type.Unsafe<AgentState>({
    type: 'string',
    enum: AGENT_STATES,
    description: 'working: it holds tasks; idle: it waits for work, or was heard from in the last ' +
      `${SILENT_AFTER_MS / 1000} seconds; silent: not heard from for longer; gone: it announced that it leaves, or ` +
      `has been silent for more than ${GONE_AFTER_MS / 60_000} minutes`
  }),
  silent_since: Type.Optional(Type.String({
    format: 'date-time', description: 'Only for an agent that is silent or gone', examples: ['2026-01-31T12:00:00.000Z']
  })),
  instances: Type.Array(Type.String(), { description: 'Its processes or threads, where they identify themselves' }),
  since: Timestamp,
  last_seen: Timestamp,
  claimed: Type.Integer({ description: 'Tasks that it has claimed since the server started', examples: [12] }),
  completed: Type.Integer({ description: 'Results that it delivered and that were accepted', examples: [11] }),
  operations: Type.Unsafe<string | string[]>({
    description: 'What it can do: "all", "arithmetic" (+ - * /), or a list of symbols',
    examples: ['all', ['+', 'sqrt']]
  }),
  waiting: Type.Integer({ description: 'Its claims that wait for work', examples: [0] }),
  tasks: Type.Array(Type.Object({
    id: Id(),
    expression_id: Id(),
    operation: Type.String({ examples: ['*'] }),
    since: Timestamp
  }), { description: 'The tasks that it holds' })
}, { title: 'Agent' })

const LISTED = `Agents heard from in the last ${FORGET_AFTER_MS / 60_000} minutes; ` +
  `an agent that announced that it leaves, in the last ${FORGET_LEFT_AFTER_MS / 1000} seconds`

export const AgentsAnswer = withDescription(LISTED, Type.Object({
  agents: Type.Array(Agent),
  unserved: Type.Array(Type.Object({
    operation: Type.String({ examples: ['/'] }),
    tasks: Type.Integer({ description: 'Number of ready tasks', examples: [3] })
  }), { description: 'Ready work that no live agent can do' })
}, { title: 'Agents' }))

export function agentsView ({ agents, unserved }: AgentOverview): Static<typeof AgentsAnswer> {
  return {
    agents: agents.map(agentView),
    unserved: unservedViews(unserved)
  }
}

export function unservedViews (unserved: AgentOverview['unserved']): Static<typeof AgentsAnswer>['unserved'] {
  return [...unserved].map(([operation, tasks]) => ({ operation, tasks }))
}

/** One word is easier to read than forty symbols. */
function summaryOf (symbols: readonly string[]): string | string[] {
  const known = new Set(symbols)
  if (known.size === OPERATIONS.size) return 'all'
  if (known.size === BASIC_SYMBOLS.length && BASIC_SYMBOLS.every(symbol => known.has(symbol))) return 'arithmetic'
  return [...symbols]
}

export function agentView (entry: AgentOverviewEntry): Static<typeof Agent> {
  const { name, address, state, instances, since, lastSeen, claimed, completed, symbols, waiting, tasks } = entry
  return {
    name,
    ...address !== undefined && { address },
    state,
    ...(state === 'silent' || state === 'gone') && { silent_since: timestamp(lastSeen) },
    instances: [...instances],
    since: timestamp(since),
    last_seen: timestamp(lastSeen),
    claimed,
    completed,
    operations: summaryOf(symbols),
    waiting,
    tasks: tasks.map(task => ({
      id: task.id,
      expression_id: task.expression,
      operation: task.symbol,
      since: timestamp(task.since)
    }))
  }
}
