import { type Static, Type } from '@sinclair/typebox'
import { withDescription } from './common.js'
import { TaskLease } from './report.js'
import { type TaskForm, AGENT_IDENTITY } from './task.js'

/** More than any agent works on at once; the size of a body is limited as well. */
const MAX_LEASES = 20_000

export const HeartbeatBody = Type.Object({
  ...AGENT_IDENTITY,
  tasks: Type.Optional(Type.Array(TaskLease, {
    maxItems: MAX_LEASES, description: 'Tasks that the agent works on: these leases, and no others, are renewed'
  })),
  check: Type.Optional(Type.Array(TaskLease, {
    maxItems: MAX_LEASES, description: 'Further tasks that it works on: these leases are checked and not renewed'
  })),
  release: Type.Optional(Type.Array(TaskLease, {
    maxItems: MAX_LEASES, description: 'Tasks that it gives back without a result; the attempt is given back'
  })),
  leaving: Type.Optional(Type.Boolean({
    description: 'The instance is shutting down: its waiting claims are answered, and it is given nothing more'
  }))
}, {
  title: 'HeartbeatRequest',
  description: 'Other members are ignored',
  examples: [{ tasks: [{ id: 1, lease: 'mNf2sQ0yJw4x.1' }] }]
})

export type HeartbeatBody = Static<typeof HeartbeatBody>

export type HeartbeatAnswer = Static<ReturnType<typeof heartbeatAnswer>>

export function heartbeatAnswer ({ schema }: TaskForm) {
  const ids = Type.Array(schema.properties.id)
  return withDescription('The leases were processed', Type.Object({
    lost: withDescription('Tasks whose lease is no longer valid: another agent may have them', ids),
    cancelled: withDescription('Tasks whose result is no longer needed: the task or its expression is final', ids),
    state: Type.String({ enum: ['run', 'drain'], description: 'drain: the orchestrator gives out no more tasks' })
  }, { title: 'HeartbeatAnswer', examples: [{ lost: [], cancelled: [], state: 'run' }] }))
}
