import { type Static, Type } from '@sinclair/typebox'
import type { Expression } from '../../../core/expression.js'
import { Id, Nullable, Timestamp, timestamp } from '../../schemas/common.js'
import { Text } from '../../schemas/text.js'
import { taskKind } from '../../task-kind.js'

/** One day, in ms: a longer task would keep its agent busy for more than that. */
const MAX_DURATION_MS = 24 * 60 * 60 * 1000

const TASK = 'task'

const Named = Type.Object({
  name: Text({ minLength: 1, maxLength: 1_000, examples: ['Send the report'] }),
  duration_ms: Type.Optional(Type.Integer({
    minimum: 0, maximum: MAX_DURATION_MS, description: 'How long it takes; default TIME_TASK_MS', examples: [1500]
  }))
}, { title: 'TaskRequest', description: 'Other members are ignored' })

const TaskRecord = Type.Object({
  id: Id({ description: 'Identifies the task' }),
  name: Type.String({ examples: ['Send the report'] }),
  status: Type.String({ description: 'pending, completed or failed', examples: ['pending'] }),
  created_at: Timestamp,
  completed_at: Nullable('string', {
    description: 'RFC 3339, UTC; null until it is completed', examples: ['2026-01-31T12:00:00.000Z']
  })
}, {
  title: 'TaskRecord',
  examples: [{
    id: 1, name: 'Send the report', status: 'pending', created_at: '2026-01-31T12:00:00.000Z', completed_at: null
  }]
})

/** IO-bound tasks: work with a name and a duration. */
export const ioTasks = taskKind({
  kind: 'io-task',
  noun: 'task',
  service: 'tasks',
  create: { path: '/create-task', input: Named, status: 200 },
  read: { path: '/poll-task/:id', record: TaskRecord, recordOf },
  work ({ name, duration_ms: durationMs }, times) {
    const timeMs = durationMs ?? times.get(TASK) ?? 0
    return { source: name, operations: [{ symbol: TASK, left: timeMs, timeMs }] }
  },
  errors: { member: 'error' }
})

function recordOf ({ id, source, status, createdAt, finishedAt }: Expression): Static<typeof TaskRecord> {
  const isCompleted = status === 'completed'
  const hasFailed = status === 'failed' || status === 'cancelled'
  return {
    id,
    name: source,
    status: isCompleted ? 'completed' : hasFailed ? 'failed' : 'pending',
    created_at: timestamp(createdAt),
    completed_at: isCompleted ? timestamp(finishedAt!) : null
  }
}
