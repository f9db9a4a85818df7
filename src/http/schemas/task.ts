import { type Static, type TObject, Type } from '@sinclair/typebox'
import type { ClaimedTask } from '../../core/store.js'
import { Id, WaitSeconds, answer } from './common.js'
import { Text } from './text.js'

/** The most tasks that one claim is given, and the most reports that one body carries. */
export const MAX_TASKS = 256

/** How task and expression ids travel to agents; half of the agents that people have written decode strings. */
export type IdFormat = 'number' | 'string'

const AgentName = Text({
  maxLength: 200, description: 'The agent\'s name, for people', examples: ['lab-3']
})

const Instance = Text({
  minLength: 1,
  maxLength: 100,
  description: 'What tells agents of one name apart, such as a random text for each process',
  examples: ['k3v9x']
})

/** Who speaks. */
export const AGENT_IDENTITY = {
  agent: Type.Optional(AgentName),
  instance: Type.Optional(Instance)
}

/** What a claim may say, by GET or with a report. */
const CLAIM = {
  wait: Type.Optional(WaitSeconds),
  ...AGENT_IDENTITY,
  operations: Type.Optional(Type.String({
    minLength: 1,
    maxLength: 1000,
    description: 'Symbols of the operations that the agent can do, separated by commas; without it + - * /',
    examples: ['+,-,*,/']
  })),
  max: Type.Optional(Type.Integer({
    minimum: 1,
    maximum: MAX_TASKS,
    description: 'The most tasks to be given; the answer then also has `tasks`. Without it, one.',
    examples: [16]
  })),
  max_ms: Type.Optional(Type.Number({
    minimum: 0,
    maximum: Number.MAX_SAFE_INTEGER,
    description: 'A batch ends before its operation times add up to more than this, in ms; the first task is given ' +
      'however long it takes. While other agents wait for work, at most one task of the batch takes any time.',
    examples: [10]
  }))
}

export const ClaimQuery = Type.Object(CLAIM)

export type ClaimQuery = Static<typeof ClaimQuery>

export const ReportQuery = Type.Object({
  next: Type.Optional(Type.Integer({
    minimum: 0, maximum: 1, description: '1 claims in the same step; the parameters are those of a claim'
  })),
  ...CLAIM
})

export interface TaskView {
  id: number | string
  arg1: number
  arg2: number
  operation: string
  operation_time: number
  lease: string
  lease_ms: number
  attempt: number
  expression_id: number | string
  kind?: string
  name?: string
}

/** A task as it travels: its schema, and what makes one. */
export interface TaskForm {
  readonly schema: TObject
  idOf (id: number): number | string
  view (task: ClaimedTask): TaskView
}

/** An id as agents are told it. */
function formatted (format: IdFormat, description: string) {
  return format === 'string'
    ? Type.Unsafe<number | string>(Type.String({ description, examples: ['1'] }))
    : Type.Unsafe<number | string>(Id({ description }))
}

export function taskForm (format: IdFormat): TaskForm {
  const idOf = format === 'string' ? String : (id: number): number => id
  return {
    idOf,

    schema: Type.Object({
      id: formatted(format, 'Names the operation, the same in every attempt'),
      arg1: Type.Number({ examples: [6] }),
      arg2: Type.Number({ examples: [7] }),
      operation: Type.String({ description: 'A symbol of GET /api/v1/operations', examples: ['*'] }),
      operation_time: Type.Integer({ description: 'How long the operation takes, in ms', examples: [2000] }),
      lease: Type.String({ description: 'Names this attempt', examples: ['mNf2sQ0yJw4x.1'] }),
      lease_ms: Type.Number({ description: 'How long the task stays with its agent, in ms', examples: [12000] }),
      attempt: Type.Integer({ description: 'From 1 up', examples: [1] }),
      expression_id: formatted(format, 'The expression that it belongs to'),
      kind: Type.Optional(Type.String({
        description: 'Only for named work: the kind of what was submitted', examples: ['io-task']
      })),
      name: Type.Optional(Type.String({ description: 'Only for named work: its name', examples: ['Send the report'] }))
    }, { title: 'Task' }),

    view: ({ id, left, right, symbol, timeMs, lease, leaseMs, attempt, expression, work }) => ({
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
  return answer('Leased to the agent', Type.Object({
    task: Type.Unsafe<TaskView>(schema),
    tasks: Type.Optional(Type.Array(Type.Unsafe<TaskView>(schema), {
      description: 'With `max`: the whole batch, in the order in which it is to be worked off; `task` is its first'
    }))
  }, { title: 'ClaimAnswer' }))
}
