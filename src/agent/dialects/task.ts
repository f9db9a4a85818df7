import { type JsonObject, isObject } from '../protocol/json.js'
import { type AgentTask, type ClaimedTasks, readTask, tasksIn } from '../protocol/task.js'
import { memberText } from './json.js'

/**
 * A task that came alone, as orchestrators of the plain contract send it. Its id is the JSON text in which it came:
 * `7`, `"7"`, or a 19-digit integer, which a double would round to another task's id.
 */
export interface ForeignTask extends AgentTask {
  /** Members that the orchestrator may want back, as JSON members, each with a comma before it. */
  readonly echo: string
  /** The whole task as JSON text, where it came in `task`; else empty. */
  readonly wrapped: string
  /** Whether the orchestrator reads a text as `error`; one that sends `args` does. */
  readonly takesErrors: boolean
}

/** Members that some orchestrators send with a task and ask for with its result. */
const ECHOED = ['expression_id', 'expId', 'expression'] as const

/**
 * Reads the answer to a claim in any form: `{"task": {…}, "tasks": […]}`, which is the protocol's, `{"task": {…}}`, or
 * the task's members at the top level. Numbers may come as numeric strings, operands as `args`.
 *
 * @param unitsPerMs how many units of `operation_time` are a millisecond
 * @returns null when the body holds no task: it is empty, null, `{}`, or its `task` is.
 * @throws Error for a body that is not JSON, or a task without an id or an operation.
 */
export function parseClaim (body: string, unitsPerMs = 1): ClaimedTasks | null {
  if (body.trim() === '') return null
  const answer: unknown = JSON.parse(body)
  if (answer === null) return null
  if (!isObject(answer)) throw new Error('The orchestrator answered something that is not a task')

  const { task, tasks } = answer
  if (Array.isArray(tasks) && tasks.length > 0) return { tasks: tasksIn(answer, unitsPerMs), extended: true }
  const isWrapped = isObject(task)
  if (!isWrapped && (task === null || tasks !== undefined)) return null
  const found = isWrapped ? task : answer
  if (Object.keys(found).length === 0) return null
  const text = isWrapped ? memberText(body, 'task') ?? '' : body
  return { tasks: [readForeignTask(found, text, answer, body, unitsPerMs)], extended: false }
}

/**
 * @param text `task` as it came
 * @param around the object that holds the task, or the task itself where it came flat
 */
function readForeignTask (
  task: JsonObject, text: string, around: JsonObject, aroundText: string, unitsPerMs: number
): ForeignTask {
  const { lease, args } = task
  const [first, second] = Array.isArray(args) ? args : []
  const read = readTask({ ...task, arg1: task['arg1'] ?? first, arg2: task['arg2'] ?? second }, unitsPerMs)
  return {
    ...read,
    id: memberText(text, 'id') ?? read.id,
    lease: lease === undefined || lease === null ? null : memberText(text, 'lease') ?? null,
    echo: ECHOED.map(name => {
      const value = name in task ? memberText(text, name) : name in around ? memberText(aroundText, name) : undefined
      return value === undefined ? '' : `,"${name}":${value}`
    }).join(''),
    wrapped: task === around ? '' : text,
    takesErrors: Array.isArray(args)
  }
}
