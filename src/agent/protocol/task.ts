import { type JsonObject, isObject } from './json.js'

/** A task as an agent sees it. */
export interface AgentTask {
  /** The id as the JSON text that a report sends back: `7` or `"7"`. */
  readonly id: string
  /** The lease token as its JSON text; null where the orchestrator has no leases. */
  readonly lease: string | null
  /** How long the lease lasts from the claim on, in ms; null where the orchestrator does not say. */
  readonly leaseMs: number | null
  readonly operation: string
  /** Null where the orchestrator sent no finite number. */
  readonly left: number | null
  readonly right: number | null
  /** 0 to MAX_TIME_MS. */
  readonly timeMs: number
}

/** What an agent reports of a task. */
export type TaskOutcome = { readonly result: number } | { readonly error: TaskError }

export interface TaskError {
  readonly code: string
  readonly message: string
  /** True when another agent or another attempt may succeed. */
  readonly retryable: boolean
}

/** The tasks of one claim. */
export interface ClaimedTasks {
  readonly tasks: readonly AgentTask[]
  /** Whether the orchestrator speaks the whole protocol (batches, reports with a claim) or only the plain contract. */
  readonly extended: boolean
}

/** The longest operation time, in ms: what the orchestrator's own settings allow. Longer ones are cut to it. */
export const MAX_TIME_MS = Number.MAX_SAFE_INTEGER

const DECIMAL = /^\s*[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?\s*$/i

/**
 * Reads the batch in the answer to a claim or to reports with `next=1`: the member `tasks`.
 *
 * @param unitsPerMs how many units of `operation_time` are a millisecond: 1 by the protocol
 * @returns empty when the answer holds no task
 * @throws Error for a task without an id or an operation.
 */
export function tasksIn (answer: unknown, unitsPerMs: number): AgentTask[] {
  const { tasks, task }: JsonObject = isObject(answer) ? answer : {}
  const items: readonly unknown[] = Array.isArray(tasks) ? tasks : isObject(task) ? [task] : []
  return items.map(item => readTask(item, unitsPerMs))
}

/** @throws Error for anything but a task with an id and an operation */
export function readTask (task: unknown, unitsPerMs: number): AgentTask {
  if (!isObject(task)) throw new Error('The orchestrator answered something that is not a task')
  const { id, operation, lease, lease_ms: leaseMs, arg1, arg2, operation_time: time } = task
  if (typeof id !== 'number' && typeof id !== 'string') throw new Error('The orchestrator sent a task without an id')
  if (typeof operation !== 'string') throw new Error(`The orchestrator sent task ${id} without an operation`)
  return {
    operation,
    id: JSON.stringify(id),
    lease: typeof lease === 'string' ? JSON.stringify(lease) : null,
    leaseMs: typeof leaseMs === 'number' ? leaseMs : null,
    left: operandOf(arg1),
    right: operandOf(arg2),
    timeMs: operationTimeOf(time, unitsPerMs)
  }
}

/** A number or the text of one; null for anything else. */
function operandOf (value: unknown): number | null {
  const number = typeof value === 'string' && DECIMAL.test(value) ? Number(value) : value
  return typeof number === 'number' && Number.isFinite(number) ? number : null
}

/** In ms; 0 for a time that is missing, negative or not a number. */
function operationTimeOf (value: unknown, unitsPerMs: number): number {
  const time = typeof value === 'string' ? Number(value) : value
  if (typeof time !== 'number' || !(time > 0)) return 0
  return Math.min(time / unitsPerMs, MAX_TIME_MS)
}
