import type { Agent, Expression, ListEntry, Operation, OperationState, Status } from '../../src/client/api.js'

const TIME = '2026-01-31T12:00:00.000Z'

const EFFORT = { work_ms: 3000, span_ms: 3000, parallelism: 1 }

export function expressionOf (id: number, status: Status = 'in_progress'): Expression {
  return {
    id,
    status,
    result: status === 'completed' ? 6 : null,
    expression: '2+2*2',
    created_at: TIME,
    operations: { total: 2, completed: status === 'completed' ? 2 : 0 },
    plan: { ...EFFORT, before: EFFORT }
  }
}

export function operationOf (id: number, state: OperationState = 'ready'): Operation {
  return {
    id,
    operation: '+',
    state,
    operands: [2, 2],
    sources: [null, null],
    value: state === 'completed' ? 4 : null,
    agent: null,
    attempts: 0,
    time_ms: 1000,
    path_ms: 1000
  }
}

export function entryOf (id: number, status: Status = 'pending'): ListEntry {
  return { id, status, result: null, created_at: TIME }
}

export function agentNamed (name: string | null, address?: string): Agent {
  return {
    name,
    ...address !== undefined && { address },
    state: 'idle',
    instances: [],
    since: TIME,
    last_seen: TIME,
    claimed: 0,
    completed: 0,
    operations: 'all',
    waiting: 0,
    tasks: []
  }
}
