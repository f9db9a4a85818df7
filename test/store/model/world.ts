import type { Clock } from '../../../src/core/clock.js'
import type { Status } from '../../../src/core/expression.js'
import type { Plan } from '../../../src/core/plan/plan.js'
import type { EndedAttempt, TaskState } from '../../../src/core/queue/calculation.js'

/**
 * What a store must hold, in the simplest form: plain lists that are searched from the front each time. It is data and
 * can be copied, so that a test can go back to an earlier one.
 */
export interface World {
  nextId: number
  nextTask: number
  /** In order of submission; deleted ones are absent. */
  expressions: ModelExpression[]
  /** Ids of the expressions with ready work, in the order in which claims are served. */
  schedule: number[]
  /** Ids of the final expressions, in the order in which they became final. */
  finished: number[]
  /** Counts the deadlines that were set. */
  deadlines: number
  /** On the monotonic clock: the last stored change with a time, and the last start of a process. */
  activeAt: number
  startedAt: number
  /** Wall time less monotonic time, at the last stored change. */
  offset: number
  /** Changes so far: those that survive a power loss once they are acknowledged, and claims, which may not. */
  durableChanges: number
  claims: number
}

export interface ModelExpression {
  id: number
  kind: string
  source: string
  plan: Plan
  firstTask: number
  key: string | null
  fingerprint: string | null
  status: Status
  result: number | null
  error: string | null
  /** Index of the operation that failed. */
  failed: number | null
  createdAt: number
  startedAt: number | null
  finishedAt: number | null
  updatedAt: number
  retrievedAt: number | null
  /** On the monotonic clock: the start of the calculation, if it was in the present process. */
  runningFrom: number | null
  deadline: Deadline | null
  spentMs: number
  tasks: ModelTask[]
}

export interface ModelTask {
  state: TaskState
  value: number | null
  attempts: number
  lease: string | null
  leaseMs: number
  agent: string | null
  local: boolean
  /** The ended attempts that the task's own fields do not describe, as `Task.endedAttempts`. */
  ended: EndedAttempt[]
  claimedAt: number | null
  completedAt: number | null
  deadline: Deadline | null
}

/** A time on the monotonic clock; of equal times, the one that was set first comes first. */
export interface Deadline {
  at: number
  order: number
}

export function createWorld (clock: Clock): World {
  return {
    nextId: 1,
    nextTask: 1,
    expressions: [],
    schedule: [],
    finished: [],
    deadlines: 0,
    activeAt: clock.monotonic(),
    startedAt: clock.monotonic(),
    offset: clock.now() - clock.monotonic(),
    durableChanges: 0,
    claims: 0
  }
}

export function copyWorld (world: World): World {
  return {
    ...world,
    schedule: [...world.schedule],
    finished: [...world.finished],
    // Plans and deadlines never change.
    expressions: world.expressions.map(expression =>
      ({ ...expression, tasks: expression.tasks.map(task => ({ ...task, ended: [...task.ended] })) }))
  }
}

export function isOpen ({ status }: ModelExpression): boolean {
  return status === 'pending' || status === 'in_progress'
}

export function tasksOf (plan: Plan): ModelTask[] {
  return Array.from(plan.operations, ({ left, right }) => ({
    state: typeof left === 'number' && typeof right === 'number' ? 'ready' : 'waiting',
    value: null,
    attempts: 0,
    lease: null,
    leaseMs: 0,
    agent: null,
    local: false,
    ended: [],
    claimedAt: null,
    completedAt: null,
    deadline: null
  }))
}
