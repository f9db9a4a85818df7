import { type Static, Type } from '@sinclair/typebox'
import type { ClaimedTask } from '../../core/store.js'
import { Id, WaitSeconds, withDescription } from './common.js'
import { Text } from './text.js'

/** The most tasks of one claim, and the most reports of one body. */
export const MAX_TASKS = 256

/** How ids of tasks and expressions are sent to agents; half of the agents in the wild decode strings. */
export type IdFormat = 'number' | 'string'

const AgentName = Text({
  maxLength: 200, description: 'The agent\'s name, for people', examples: ['lab-3']
})

const Instance = Text({
  minLength: 1,
  maxLength: 100,
  description: 'Distinguishes agents of the same name, such as a random text for each process',
  examples: ['k3v9x']
})

/** How an agent identifies itself. */
export const AGENT_IDENTITY = {
  agent: Type.Optional(AgentName),
  instance: Type.Optional(Instance)
}

/** The parameters of a claim, by GET or with a report. */
const CLAIM = {
  wait: Type.Optional(WaitSeconds),
  ...AGENT_IDENTITY,
  operations: Type.Optional(Type.String({
    minLength: 1,
    maxLength: 1000,
    description: 'Symbols of the operations that the agent can do, separated by commas; default + - * /',
    examples: ['+,-,*,/']
  })),
  max: Type.Optional(Type.Integer({
    minimum: 1,
    maximum: MAX_TASKS,
    description: 'Maximum number of tasks; the response then also has `tasks`. Default: one task.',
    examples: [16]
  })),
  max_ms: Type.Optional(Type.Number({
    minimum: 0,
    maximum: Number.MAX_SAFE_INTEGER,
    description: 'Maximum sum of the operation times of a batch, in ms; the first task is given however long it ' +
      'takes. While other agents wait for work, at most one task of the batch takes any time.',
    examples: [10]
  }))
}

export const ClaimQuery = Type.Object(CLAIM)

export type ClaimQuery = Static<typeof ClaimQuery>

export const ReportQuery = Type.Object({
  next: Type.Optional(Type.Integer({
    minimum: 0, maximum: 1, description: '1: also claim the next tasks, with the parameters of a claim'
  })),
  ...CLAIM
})

/** How tasks are sent to agents: the schema, and the functions that make what it describes. */
export type TaskForm = ReturnType<typeof taskForm>

export type TaskView = Static<TaskForm['schema']>

function idSchema (format: IdFormat, description: string) {
  return format === 'string'
    ? Type.Unsafe<number | string>(Type.String({ description, examples: ['1'] }))
    : Type.Unsafe<number | string>(Id({ description }))
}

export function taskForm (format: IdFormat) {
  const idOf = (id: number): number | string => format === 'string' ? String(id) : id
  return {
    idOf,

    schema: Type.Object({
      id: idSchema(format, 'Identifies the operation; the same in every attempt'),
      arg1: Type.Number({ examples: [6] }),
      arg2: Type.Number({ examples: [7] }),
      operation: Type.String({ description: 'A symbol from GET /api/v1/operations', examples: ['*'] }),
      operation_time: Type.Integer({ description: 'How long the agent works on it, in ms', examples: [2000] }),
      lease: Type.String({ description: 'Identifies this attempt', examples: ['mNf2sQ0yJw4x.1'] }),
      lease_ms: Type.Number({ description: 'How long the lease lasts, in ms', examples: [12000] }),
      attempt: Type.Integer({ description: 'Number of the attempt, from 1', examples: [1] }),
      expression_id: idSchema(format, 'The expression that the task belongs to'),
      kind: Type.Optional(Type.String({
        description: 'Only for named work: its kind', examples: ['io-task']
      })),
      name: Type.Optional(Type.String({ description: 'Only for named work: its name', examples: ['Send the report'] }))
    }, { title: 'Task' }),

    view: ({ id, left, right, symbol, timeMs, lease, leaseMs, attempt, expression, work }: ClaimedTask) => ({
      id: idOf(id),
      arg1: left,
      arg2: right,
      operation: symbol,
      operation_time: timeMs,
      lease,
      lease_ms: leaseMs,
      attempt,
      expression_id: idOf(expression),
      ...work
    })
  }
}

export function taskAnswer ({ schema }: TaskForm) {
  return withDescription('Tasks leased to the agent', Type.Object({
    task: schema,
    tasks: Type.Optional(Type.Array(schema, {
      description: 'With `max`: the whole batch, in the order to work on it; `task` is the first'
    }))
  }, { title: 'ClaimAnswer' }))
}
