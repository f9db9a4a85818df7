import { type Static, Type } from '@sinclair/typebox'
import { answer } from './common.js'
import { TaskLease } from './report.js'
import { type TaskForm, AGENT_IDENTITY } from './task.js'

/** More than any agent works on at once; what a body may hold is limited as well. */
const MAX_LEASES = 20_000

export const HeartbeatBody = Type.Object({
  ...AGENT_IDENTITY,
  tasks: Type.Optional(Type.Array(TaskLease, {
    maxItems: MAX_LEASES, description: 'What the agent is working on: these leases, and no others, are prolonged'
  })),
  check: Type.Optional(Type.Array(TaskLease, {
    maxItems: MAX_LEASES, description: 'What it is working on as well: these leases are looked at and not prolonged'
  })),
  release: Type.Optional(Type.Array(TaskLease, {
    maxItems: MAX_LEASES, description: 'What it gives back unworked; no attempt is spent'
  })),
  leaving: Type.Optional(Type.Boolean({
    description: 'The instance shuts down: its parked claims are answered, and it is given nothing any more'
  }))
}, {
  title: 'HeartbeatRequest',
  description: 'Further members are ignored',
  examples: [{ tasks: [{ id: 1, lease: 'mNf2sQ0yJw4x.1' }] }]
})

export type HeartbeatBody = Static<typeof HeartbeatBody>

export interface HeartbeatAnswer {
  lost: Array<number | string>
  cancelled: Array<number | string>
  state: 'run' | 'drain'
}

export function heartbeatAnswer ({ schema }: TaskForm) {
  const ids = Type.Array(Type.Unsafe<number | string>(schema.properties['id']!))
  return answer('The leases were looked at', Type.Unsafe<HeartbeatAnswer>(Type.Object({
    lost: { ...ids, description: 'Tasks whose lease counts no more: they are somebody else\'s' },
    cancelled: { ...ids, description: 'Tasks that nobody needs any more: settled, or their expression is over' },
    state: Type.String({ enum: ['run', 'drain'], description: 'drain: the orchestrator hands nothing out any more' })
  }, { title: 'HeartbeatAnswer', examples: [{ lost: [], cancelled: [], state: 'run' }] })))
}
