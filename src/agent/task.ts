/** A task as an agent sees it: what `GET /internal/task` hands out. */
export interface AgentTask {
  /**
   * The id as the JSON text in which it came, to be echoed exactly so: `7`, `"7"`, or a 19-digit
   * integer, which a double would round to another task's id.
   */
  readonly id: string
  /** The lease token as its JSON text; null where the orchestrator knows no leases. */
  readonly lease: string | null
  readonly operation: string
  /** Null where the orchestrator sent nothing that is a finite number. */
  readonly left: number | null
  readonly right: number | null
  /** 0 to MAX_TIME_MS. */
  readonly timeMs: number
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

/**
 * The longest operation time, in ms: what the orchestrator's own settings allow. A time beyond it is
 * cut to it, and one that is missing, negative or not a number counts as 0.
 */
export const MAX_TIME_MS = Number.MAX_SAFE_INTEGER

const DECIMAL = /^\s*[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?\s*$/i

/** A JSON string, a bracket or separator, or any other scalar. */
const TOKEN = /"[^"\\]*(?:\\.[^"\\]*)*"|[{}[\]:,]|[^\s{}[\]:,"]+/g

type JsonObject = Readonly<Record<string, unknown>>

/**
 * Reads the body of an answer to `GET /internal/task`: `{"task":{…}}`, or the task's members at the
 * top level, as some orchestrators send them. Numbers may come as numeric strings.
 *
 * @returns null when the body holds no task: it is empty, null, `{}`, or its `task` is.
 * @throws Error for a body that is not JSON, or a task without an id or an operation.
 */
export function parseTask (body: string): AgentTask | null {
  if (body.trim() === '') return null
  const answer: unknown = JSON.parse(body)
  if (answer === null) return null
  if (!isObject(answer)) throw new Error('The orchestrator answered something that is not a task')

  const wrapped = answer['task']
  if (isObject(wrapped)) return isEmpty(wrapped) ? null : readTask(wrapped, rawMember(body, 'task') ?? '')
  return wrapped === null || isEmpty(answer) ? null : readTask(answer, body)
}

/** The body of `POST /internal/task`: id and lease exactly as they came. */
export function reportBody ({ id, lease }: AgentTask, outcome: TaskOutcome): string {
  const leaseMember = lease === null ? '' : `,"lease":${lease}`
  return `{"id":${id}${leaseMember},${JSON.stringify(outcome).slice(1)}`
}

function readTask (task: JsonObject, text: string): AgentTask {
  const { id, operation, lease } = task
  if (typeof id !== 'number' && typeof id !== 'string') throw new Error('The orchestrator sent a task without an id')
  if (typeof operation !== 'string') throw new Error(`The orchestrator sent task ${id} without an operation`)
  return {
    id: rawMember(text, 'id') ?? JSON.stringify(id),
    lease: lease === undefined || lease === null ? null : rawMember(text, 'lease') ?? null,
    operation,
    left: finiteNumber(task['arg1']),
    right: finiteNumber(task['arg2']),
    timeMs: operationTime(task['operation_time'])
  }
}

function finiteNumber (value: unknown): number | null {
  const number = typeof value === 'string' && DECIMAL.test(value) ? Number(value) : value
  return typeof number === 'number' && Number.isFinite(number) ? number : null
}

function operationTime (value: unknown): number {
  const time = typeof value === 'string' ? Number(value) : value
  return typeof time === 'number' && time > 0 ? Math.min(time, MAX_TIME_MS) : 0
}

/**
 * The text of a member's value, of a JSON text that is an object and known to be valid. (JSON.parse
 * shows the source text to its reviver only from Node 22 on.) Of equal names the last counts, as
 * for JSON.parse.
 */
function rawMember (json: string, name: string): string | undefined {
  let depth = 0
  let key: unknown
  let start = -1
  let found: string | undefined
  for (const { 0: token, index } of json.matchAll(TOKEN)) {
    if (depth === 1) {
      if (start < 0 && token.startsWith('"')) {
        key = JSON.parse(token)
      } else if (token === ':') {
        start = index + 1
      } else if (token === ',' || token === '}') {
        if (key === name && start >= 0) found = json.slice(start, index).trim()
        start = -1
      }
    }
    if (token === '{' || token === '[') depth++
    else if (token === '}' || token === ']') depth--
  }
  return found
}

function isObject (value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isEmpty (value: JsonObject): boolean {
  return Object.keys(value).length === 0
}
