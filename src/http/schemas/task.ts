import { type Static, Type } from '@sinclair/typebox'
import type { ClaimedTask } from '../../core/store.js'
import { Id, WaitSeconds, answer, refusedAs } from './common.js'

export const ClaimQuery = Type.Object({
  wait: Type.Optional(WaitSeconds),
  agent: Type.Optional(Type.String({
    maxLength: 200, description: 'The agent\'s name, for people', examples: ['lab-3']
  })),
  operations: Type.Optional(Type.String({
    minLength: 1,
    maxLength: 1000,
    description: 'Symbols of the operations that the agent can do, separated by commas; without it + - * /',
    examples: ['+,-,*,/']
  }))
})

const Task = Type.Object({
  id: Id({ description: 'Names the operation, the same in every attempt' }),
  arg1: Type.Number({ examples: [6] }),
  arg2: Type.Number({ examples: [7] }),
  operation: Type.String({ description: 'A symbol of GET /api/v1/operations', examples: ['*'] }),
  operation_time: Type.Integer({ description: 'How long the operation takes, in ms', examples: [2000] }),
  lease: Type.String({ description: 'Names this attempt' }),
  lease_ms: Type.Number({ description: 'How long the task stays with its agent, in ms', examples: [12000] }),
  attempt: Type.Integer({ description: 'From 1 up', examples: [1] }),
  expression_id: Id()
})

export const TaskAnswer = answer('A task, leased to the agent', Type.Object({ task: Task }))

/**
 * An id as agents send it back: half of those that people have written decode strings. Sixteen
 * digits can be more than an id ever is; such a task is then just not known.
 */
const TaskId = Type.Union([
  Id(),
  Type.String({ pattern: '^[1-9][0-9]{0,15}$', examples: ['1'] })
], { description: 'an integer from 1 up, or the same as a string' })

export const ReportBody = Type.Object({
  id: TaskId,
  result: Type.Optional(Type.Number({ examples: [42], ...refusedAs('result_invalid') })),
  error: Type.Optional(Type.Object({
    code: Type.String({ minLength: 1, maxLength: 100, examples: ['out_of_paper'], ...refusedAs('result_invalid') }),
    message: Type.String({ maxLength: 1000, examples: ['No paper left'], ...refusedAs('result_invalid') }),
    retryable: Type.Optional(Type.Boolean({
      description: 'False: no attempt can succeed; with the current lease it ends the expression. ' +
        'Without it, only division_by_zero, domain_error and result_out_of_range are final.',
      ...refusedAs('result_invalid')
    }))
  }, { description: 'Why there is no result', ...refusedAs('result_invalid') })),
  lease: Type.Optional(Type.String({ maxLength: 200, description: 'The lease of the attempt, as it was handed out' }))
}, { description: 'Either result or error. Further members are ignored.' })

export type ReportBody = Static<typeof ReportBody>

export const ReportAnswer = answer('The report was read', Type.Object({
  accepted: Type.Boolean({ description: 'False: the task was settled before, and nothing has changed' })
}))

/** A task as it travels to an agent. */
export function taskView (task: ClaimedTask): Static<typeof Task> {
  return {
    id: task.id,
    arg1: task.left,
    arg2: task.right,
    operation: task.symbol,
    operation_time: task.timeMs,
    lease: task.lease,
    lease_ms: task.leaseMs,
    attempt: task.attempt,
    expression_id: task.expression
  }
}
