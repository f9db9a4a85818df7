import { type Static, type TSchema, Type } from '@sinclair/typebox'
import type { TaskState } from '../../core/queue/calculation.js'
import { operationOf } from '../../core/operations.js'
import type { Operations } from '../../core/store.js'
import { Id, Nullable, Timestamp, answer, timestamp } from './common.js'

/** Operations in one answer. */
const MAX_PAGE = 10_000
export const DEFAULT_PAGE = 1_000

export const PlanQuery = Type.Object({
  after: Type.Optional(Type.Integer({
    minimum: 0,
    maximum: Number.MAX_SAFE_INTEGER,
    description: 'Only operations whose ids are above this one: `next` of the page before'
  })),
  limit: Type.Optional(Type.Integer({
    minimum: 1, maximum: MAX_PAGE, default: DEFAULT_PAGE, description: `At most so many; without it, ${DEFAULT_PAGE}`
  }))
})

const STATES: readonly TaskState[] = ['waiting', 'ready', 'leased', 'overdue', 'completed', 'failed', 'dropped']

/** A number, or what will come to one. */
type OperandView = number | { readonly operation: number }

const OperationView = Type.Object({
  id: Id({ description: 'Of the task' }),
  operation: Type.String({ description: 'A symbol of GET /api/v1/operations', examples: ['+'] }),
  state: Type.Unsafe<TaskState>({
    type: 'string',
    enum: STATES,
    description: 'leased: an agent is at work; failed: the expression failed because of it; dropped: the expression ' +
      'ended before it was done'
  }),
  operands: Type.Array(plain<OperandView>({
    description: 'A number; while it is not known, {"operation": id}', examples: [2, { operation: 1 }]
  })),
  sources: Type.Array(Nullable('number'), {
    description: 'For each operand the operation that it comes from; null for a number of the expression',
    examples: [[null, 1]]
  }),
  value: Nullable('number', { description: 'Null until it is completed', examples: [4] }),
  agent: Nullable('string', { description: 'Who has or had it, if the agent gave a name', examples: ['lab-3'] }),
  attempts: Type.Integer({ description: 'How often it was handed out', examples: [1] }),
  time_ms: Type.Number({ description: 'How long it takes', examples: [1000] }),
  path_ms: Type.Number({ description: 'From its start to the end along the longest path', examples: [3000] }),
  claimed_at: Type.Optional(Timestamp),
  completed_at: Type.Optional(Timestamp)
}, {
  title: 'PlannedOperation',
  examples: [{
    id: 2,
    operation: '+',
    state: 'waiting',
    operands: [2, { operation: 1 }],
    sources: [null, 1],
    value: null,
    agent: null,
    attempts: 0,
    time_ms: 1000,
    path_ms: 1000
  }]
})

export const PlanAnswer = answer('Operations in dependency order', Type.Object({
  total: Type.Integer({ description: 'Operations of the plan', examples: [2] }),
  operations: Type.Array(OperationView),
  next: Type.Optional(Id({ description: 'Only where there are more: what to ask for as `after`' }))
}, { title: 'PlanPage' }))

/**
 * A schema that says nothing to the serialiser, which would try the members of a union one after
 * the other; JSON.stringify is faster.
 */
function plain<T> (options: { readonly description: string, readonly examples: T[] }) {
  return Type.Unsafe<T>(options as TSchema)
}

/** The id from which the page after this one begins; null for the last page. */
export function nextPageOf ({ firstTask, start, tasks, expression: { operations: { total } } }: Operations): number | null {
  const end = start + tasks.length
  return end < total ? firstTask + end - 1 : null
}

/** Operations of a page as clients see them. */
export function planViews (page: Operations, from: number, to: number): Array<Static<typeof OperationView>> {
  const { firstTask, start, operands } = page
  return page.tasks.slice(from, to).map((task, index): Static<typeof OperationView> => {
    const offset = from + index
    const { symbol, left, right, timeMs, pathMs } = page.operations[offset]!
    const sources = [left, right].slice(0, operationOf(symbol).arity)
      .map(operand => typeof operand === 'number' ? null : firstTask + operand.of)
    const { state, value, agent, attempts, claimedAt, completedAt } = task
    return {
      id: firstTask + start + offset,
      operation: symbol,
      state,
      operands: sources.map((operation, place) => operands[offset]![place] ?? { operation: operation! }),
      sources,
      value,
      agent,
      attempts,
      time_ms: timeMs,
      path_ms: pathMs,
      ...claimedAt === null ? {} : { claimed_at: timestamp(claimedAt) },
      ...completedAt === null ? {} : { completed_at: timestamp(completedAt) }
    }
  })
}
