import { type Static, type TSchema, Type } from '@sinclair/typebox'
import type { TaskState } from '../../core/queue/calculation.js'
import { operationOf } from '../../core/operations.js'
import type { OperationStates, Operations } from '../../core/store.js'
import { ATTEMPT_MEMBERS, attemptMembers } from './attempt.js'
import { Id, Nullable, Timestamp, type Written, withDescription, timestamp } from './common.js'

/** Operations in one response. */
const MAX_PAGE = 10_000
export const DEFAULT_PAGE = 1_000

export const PlanQuery = Type.Object({
  after: Type.Optional(Type.Integer({
    minimum: 0,
    maximum: Number.MAX_SAFE_INTEGER,
    description: 'Only operations with ids above this one: `next` of the previous page'
  })),
  limit: Type.Optional(Type.Integer({
    minimum: 1, maximum: MAX_PAGE, default: DEFAULT_PAGE, description: 'Maximum number of operations'
  }))
})

const STATES: readonly TaskState[] = ['waiting', 'ready', 'leased', 'overdue', 'completed', 'failed', 'dropped']

/** A number, or the operation that computes it. */
type OperandView = number | { readonly operation: number }

const OperationView = Type.Object({
  id: Id({ description: 'The id of its task' }),
  operation: Type.String({ description: 'A symbol from GET /api/v1/operations', examples: ['+'] }),
  state: Type.Unsafe<TaskState>({
    type: 'string',
    enum: STATES,
    description: 'leased: an agent works on it; failed: it made the expression fail; dropped: the expression ended ' +
      'before'
  }),
  operands: Type.Array(plain<OperandView>({
    description: 'A number, or {"operation": id} while it is not known', examples: [2, { operation: 1 }]
  })),
  sources: Type.Array(Nullable('number'), {
    description: 'For each operand the operation that computes it; null for a number in the expression',
    examples: [[null, 1]]
  }),
  value: Nullable('number', { description: 'Null until it is completed', examples: [4] }),
  agent: Nullable('string', {
    description: 'The agent that gave the result, or else the last that claimed it, if it has a name',
    examples: ['lab-3']
  }),
  attempts: Type.Integer({ description: 'Number of attempts so far', examples: [1] }),
  time_ms: Type.Number({ description: 'Operation time in ms', examples: [1000] }),
  path_ms: Type.Number({ description: 'Time in ms from its start to the end on the longest path', examples: [3000] }),
  claimed_at: Type.Optional(Timestamp),
  completed_at: Type.Optional(Timestamp),
  ...ATTEMPT_MEMBERS
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

export const PlanAnswer = withDescription('The operations, in dependency order', Type.Object({
  total: Type.Integer({ description: 'Number of operations in the plan', examples: [2] }),
  operations: Type.Array(OperationView),
  next: Type.Optional(Id({ description: 'Only when there are more: `after` of the next page' }))
}, { title: 'PlanPage' }))

/**
 * A schema without a type, which the serialiser leaves to JSON.stringify: that is faster than trying the members of a
 * union one after the other.
 */
function plain<T> (options: { readonly description: string, readonly examples: T[] }) {
  return Type.Unsafe<T>(options as TSchema)
}

/** `after` of the next page; null for the last page. */
export function nextPageOf ({ firstTask, indices, expression }: Operations): number | null {
  const last = indices.at(-1)
  return last !== undefined && last + 1 < expression.operations.total ? firstTask + last : null
}

type WrittenOperation = Written<Static<typeof OperationView>>

/** The operations from one offset up to another as clients see them. */
export function planViews (page: OperationStates, from: number, to: number): WrittenOperation[] {
  return page.tasks.slice(from, to).map((_, index) => viewOf(page, from + index))
}

function viewOf (page: OperationStates, offset: number): WrittenOperation {
  const { firstTask, indices, operations } = page
  const operands = page.operands[offset]!
  const { symbol, left, right, timeMs, pathMs } = operations[offset]!
  const sources = (operationOf(symbol).arity === 1 ? [left] : [left, right])
    .map(operand => typeof operand === 'number' ? null : firstTask + operand.of)
  const task = page.tasks[offset]!
  const { state, value, agent, attempts, claimedAt, completedAt } = task
  const members = attemptMembers(task)
  // Listed, not spread: spreading costs more than the rest, because V8 builds the object step by step.
  return {
    id: firstTask + indices[offset]!,
    operation: symbol,
    state,
    operands: sources.map((operation, side) => operands[side] ?? { operation: operation! }),
    sources,
    value,
    agent,
    attempts,
    time_ms: timeMs,
    path_ms: pathMs,
    claimed_at: claimedAt === null ? undefined : timestamp(claimedAt),
    completed_at: completedAt === null ? undefined : timestamp(completedAt),
    attempt: members.attempt,
    ended_at: members.ended_at,
    outcome: members.outcome,
    message: members.message,
    earlier_attempts: members.earlier_attempts
  }
}
