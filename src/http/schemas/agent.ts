import { type Static, Type } from '@sinclair/typebox'
import type { Roster, RosterEntry } from '../../core/roster.js'
import { Id, Nullable, Timestamp, answer, timestamp } from './common.js'

const Agent = Type.Object({
  name: Nullable('string', { description: 'Null for all that do not say', examples: ['lab-3'] }),
  instances: Type.Array(Type.String(), { description: 'Processes or threads of this name, where they say so' }),
  since: Timestamp,
  last_seen: Timestamp,
  claimed: Type.Integer({ description: 'Tasks handed out to it since the server was started', examples: [12] }),
  completed: Type.Integer({ description: 'Results of it that counted', examples: [11] }),
  operations: Type.Array(Type.String(), {
    description: 'What it said that it can do', examples: [['+', '-', '*', '/']]
  }),
  waiting: Type.Integer({ description: 'Claims of it that wait for work', examples: [0] }),
  tasks: Type.Array(Type.Object({
    id: Id(),
    expression_id: Id(),
    operation: Type.String({ examples: ['*'] }),
    since: Timestamp
  }), { description: 'What it has in hand' })
}, { title: 'Agent' })

export const AgentsAnswer = answer('Agents that were heard of in the last ten minutes', Type.Object({
  agents: Type.Array(Agent),
  unserved: Type.Array(Type.Object({
    operation: Type.String({ examples: ['/'] }),
    tasks: Type.Integer({ description: 'How many are ready', examples: [3] })
  }), { description: 'Work that no live agent can do' })
}, { title: 'Agents' }))

export function rosterView ({ agents, unserved }: Roster): Static<typeof AgentsAnswer> {
  return {
    agents: agents.map(agentView),
    unserved: [...unserved].map(([operation, tasks]) => ({ operation, tasks }))
  }
}

function agentView (entry: RosterEntry): Static<typeof Agent> {
  const { name, instances, since, lastSeen, claimed, completed, symbols, waiting, tasks } = entry
  return {
    name,
    instances: [...instances],
    since: timestamp(since),
    last_seen: timestamp(lastSeen),
    claimed,
    completed,
    operations: [...symbols],
    waiting,
    tasks: tasks.map(task => ({
      id: task.id,
      expression_id: task.expression,
      operation: task.symbol,
      since: timestamp(task.since)
    }))
  }
}
