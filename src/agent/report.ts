import { isObject, withMember } from './json.js'
import type { AgentTask, TaskOutcome } from './task.js'

/** What became of a task, on its way to the orchestrator. */
export interface TaskReport {
  readonly task: AgentTask
  readonly outcome: TaskOutcome
}

/** What became of a report: taken (or no longer needed), or refused for good. */
export type Verdict =
  | { readonly taken: true }
  | { readonly taken: false, readonly reason: string }

export const TAKEN: Verdict = { taken: true }

/** Many reports in one body, for an orchestrator that knows more than the plain contract. */
export function manyReports (reports: readonly TaskReport[]): string {
  let items = ''
  for (const { task: { id, lease }, outcome } of reports) {
    const leaseMember = lease === null ? '' : `,"lease":${lease}`
    items += `${items === '' ? '' : ','}{"id":${id}${leaseMember},${JSON.stringify(outcome).slice(1)}`
  }
  return `{"results":[${items}]}`
}

/** What the answer to many reports says of each. Where it says nothing, it was taken: the status was. */
export function verdictsIn (answer: unknown, count: number): Verdict[] {
  const results: unknown = isObject(answer) ? answer['results'] : undefined
  const items: readonly unknown[] = Array.isArray(results) ? results : []
  return Array.from({ length: count }, (_, index) => {
    const item = items[index]
    if (!isObject(item) || item['accepted'] !== false || typeof item['code'] !== 'string') return TAKEN
    return { taken: false, reason: `${item['code']}: ${String(item['detail'])}` }
  })
}

/**
 * One report, for an orchestrator that may know the plain contract alone. With the id goes back
 * what it sent along: some find their expression by it, and one wants the whole task with the
 * result in it.
 *
 * The contract has no word for an error. An orchestrator that sends `args` has one, a text. Any
 * other is sent a text as the result, which it cannot read: many take a missing result for 0.
 */
export function plainReport ({ task, outcome }: TaskReport): string {
  const { id, lease, echo, wrapped, takesErrors } = task
  if (lease !== null) return `{"id":${id},"lease":${lease},${JSON.stringify(outcome).slice(1)}`
  const result = JSON.stringify('result' in outcome ? outcome.result : outcome.error.message)
  const known = `{"id":${id}${echo}${echo.includes('"expId"') ? `,"taskId":${id}` : ''}`
  if ('error' in outcome && takesErrors) return `${known},"error":${result}}`
  return `${known},"result":${result}${wrapped === '' ? '' : `,"task":${withMember(wrapped, `"Result":${result}`)}`}}`
}
