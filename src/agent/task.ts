import { type JsonObject, isObject, rawMember } from './json.js'

/** A task as an agent sees it: what an orchestrator hands out. */
export interface AgentTask {
  /**
   * The id as the JSON text in which it came, to be echoed exactly so: `7`, `"7"`, or a 19-digit
   * integer, which a double would round to another task's id.
   */
  readonly id: string
  /** The lease token as its JSON text; null where the orchestrator knows no leases. */
  readonly lease: string | null
  /** How long the lease lasts from the claim on, in ms; null where that was not said. */
  readonly leaseMs: number | null
  readonly operation: string
  /** Null where the orchestrator sent nothing that is a finite number. */
  readonly left: number | null
  readonly right: number | null
  /** 0 to MAX_TIME_MS. */
  readonly timeMs: number
  /** What an orchestrator that knows no leases may want back besides, as JSON members, each with a comma before it. */
  readonly echo: string
  /** The whole task as JSON text, where it came alone and wrapped in `task`; else empty. */
  readonly wrapped: string
  /** Whether the orchestrator understands a text as `error`; one that does sends `args`. */
  readonly takesErrors: boolean
}

/** What an agent says of a task. */
export type TaskOutcome =
  | { readonly result: number }
  | { readonly error: TaskError }

export interface TaskError {
  readonly code: string
  readonly message: string
  /** True when another agent or another attempt may succeed. */
  readonly retryable: boolean
}

/** The answer to a claim. */
export interface Claimed {
  readonly tasks: readonly AgentTask[]
  /** Whether the orchestrator knows more than the plain contract: batches, leases, reports with a claim. */
  readonly extended: boolean
}

/** In what the orchestrator measures `operation_time`. */
export type TimeUnit = 'ms' | 'ns'

/**
 * The longest operation time, in ms: what the orchestrator's own settings allow. A time beyond it is
 * cut to it, and one that is missing, negative or not a number counts as 0.
 */
export const MAX_TIME_MS = Number.MAX_SAFE_INTEGER

const NS_PER_MS = 1e6

const DECIMAL = /^\s*[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?\s*$/i

/** Members that some orchestrators send with a task and ask for with its result. */
const ECHOED = ['expression_id', 'expId', 'expression'] as const

/**
 * Reads the answer to a claim, by GET or with a report: `{"task":{…},"tasks":[…]}`, or `{"task":{…}}`, or the task's
 * members at the top level, as some orchestrators send them. Numbers may come as numeric strings, operands as `args`.
 *
 * @returns null when the body holds no task: it is empty, null, `{}`, or its `task` is.
 * @throws Error for a body that is not JSON, or a task without an id or an operation.
 */
export function parseClaim (body: string, unit: TimeUnit = 'ms'): Claimed | null {
  if (body.trim() === '') return null
  return claimedIn(JSON.parse(body), body, unit)
}

/** The same for a body that has been parsed. */
export function claimedIn (answer: unknown, body: string, unit: TimeUnit): Claimed | null {
  if (answer === null) return null
  if (!isObject(answer)) throw new Error('The orchestrator answered something that is not a task')

  const { task, tasks } = answer
  // Whoever sends batches has ids that a double holds.
  if (Array.isArray(tasks) && tasks.length > 0) {
    return { tasks: tasks.map(item => readBatched(item, unit)), extended: true }
  }
  if (isObject(task)) {
    if (isEmpty(task)) return null
    return { tasks: [readPlain(task, rawMember(body, 'task') ?? '', answer, body, unit)], extended: false }
  }
  if (task === null || tasks !== undefined || isEmpty(answer)) return null
  return { tasks: [readPlain(answer, body, answer, body, unit)], extended: false }
}

function readBatched (task: unknown, unit: TimeUnit): AgentTask {
  if (!isObject(task)) throw new Error('The orchestrator answered something that is not a task')
  const { id, lease, lease_ms: leaseMs } = task
  const operation = operationOf(task)
  return {
    id: JSON.stringify(id),
    lease: typeof lease === 'string' ? JSON.stringify(lease) : null,
    leaseMs: typeof leaseMs === 'number' ? leaseMs : null,
    operation,
    left: finiteNumber(task['arg1']),
    right: finiteNumber(task['arg2']),
    timeMs: operationTime(task['operation_time'], unit),
    echo: '',
    wrapped: '',
    takesErrors: true
  }
}

function readPlain (
  task: JsonObject, text: string, around: JsonObject, aroundText: string, unit: TimeUnit
): AgentTask {
  const { id, lease, lease_ms: leaseMs, args } = task
  const operation = operationOf(task)
  const [first, second] = Array.isArray(args) ? args : []
  return {
    id: rawMember(text, 'id') ?? JSON.stringify(id),
    lease: lease === undefined || lease === null ? null : rawMember(text, 'lease') ?? null,
    leaseMs: typeof leaseMs === 'number' ? leaseMs : null,
    operation,
    left: finiteNumber(task['arg1'] ?? first),
    right: finiteNumber(task['arg2'] ?? second),
    timeMs: operationTime(task['operation_time'], unit),
    echo: ECHOED.map(name => {
      const raw = name in task ? rawMember(text, name) : name in around ? rawMember(aroundText, name) : undefined
      return raw === undefined ? '' : `,"${name}":${raw}`
    }).join(''),
    wrapped: task === around ? '' : text,
    takesErrors: Array.isArray(args)
  }
}

/** @throws Error for a task without an id or an operation */
function operationOf ({ id, operation }: JsonObject): string {
  if (typeof id !== 'number' && typeof id !== 'string') throw new Error('The orchestrator sent a task without an id')
  if (typeof operation !== 'string') throw new Error(`The orchestrator sent task ${id} without an operation`)
  return operation
}

function finiteNumber (value: unknown): number | null {
  const number = typeof value === 'string' && DECIMAL.test(value) ? Number(value) : value
  return typeof number === 'number' && Number.isFinite(number) ? number : null
}

function operationTime (value: unknown, unit: TimeUnit): number {
  const time = typeof value === 'string' ? Number(value) : value
  if (typeof time !== 'number' || !(time > 0)) return 0
  return Math.min(unit === 'ns' ? time / NS_PER_MS : time, MAX_TIME_MS)
}

function isEmpty (value: JsonObject): boolean {
  return Object.keys(value).length === 0
}
