import type { HttpAnswer } from './connection.js'
import { isObject, objectIn } from './json.js'
import type { AgentTask, TaskOutcome } from './task.js'

/** The outcome of a task, on its way to the orchestrator. */
export interface TaskReport {
  readonly task: AgentTask
  readonly outcome: TaskOutcome
}

/** How the orchestrator answered a report: taken (or no longer needed), or refused for good. */
export type Verdict = { readonly taken: true } | { readonly taken: false, readonly reason: string }

export const TAKEN: Verdict = { taken: true }

/** Answers to a body that the orchestrator never takes, and, to a single report, of a lease that is superseded. */
const BODY_REFUSED: ReadonlySet<number> = new Set([413, 415, 422])
const LEASE_SUPERSEDED = 409
const TASK_UNKNOWN = 'task_unknown'

/** How much of an answer a log line quotes. */
export const QUOTED_CHARACTERS = 200

export function reportBody ({ task: { id, lease }, outcome }: TaskReport): string {
  return `{"id":${id}${lease === null ? '' : `,"lease":${lease}`},${JSON.stringify(outcome).slice(1)}`
}

export function reportsBody (reports: readonly TaskReport[]): string {
  return `{"results":[${reports.map(reportBody).join(',')}]}`
}

/** The verdict on each of `count` reports. A report that the answer does not mention was taken: the status says so. */
export function verdictsIn (answer: unknown, count: number): Verdict[] {
  const results: unknown = isObject(answer) ? answer['results'] : undefined
  const items: readonly unknown[] = Array.isArray(results) ? results : []
  return Array.from({ length: count }, (_, index) => {
    const item = items[index]
    if (!isObject(item) || item['accepted'] !== false || typeof item['code'] !== 'string') return TAKEN
    return { taken: false, reason: `${item['code']}: ${String(item['detail'])}` }
  })
}

export function isTaken ({ status }: HttpAnswer): boolean {
  return status >= 200 && status < 300
}

/** Whether many reports were refused together, for good. */
export function refusesReports ({ status }: HttpAnswer): boolean {
  return BODY_REFUSED.has(status)
}

/** Whether a single report was refused for good. Other 4xx come from a proxy, such as its 404 while no server is up. */
export function refusesReport ({ status, text }: HttpAnswer): boolean {
  return BODY_REFUSED.has(status) || status === LEASE_SUPERSEDED ||
    (status === 404 && objectIn(text)['code'] === TASK_UNKNOWN)
}

/**
 * The verdict of an answer that takes no report.
 *
 * @param isFinal whether another attempt would get the same answer
 * @throws Error when another attempt may succeed
 */
export function refusalOf (answer: HttpAnswer, isFinal: boolean): Verdict {
  const reason = describeAnswer(answer)
  if (isFinal) return { taken: false, reason }
  throw new Error(reason)
}

/** The status, and the beginning of the text. */
export function describeAnswer ({ status, text }: HttpAnswer): string {
  const quoted = text.trim().slice(0, QUOTED_CHARACTERS)
  return `The orchestrator answered ${status}${quoted === '' ? '' : `: ${quoted}`}`
}
