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
 * How a report looks to an orchestrator: `plain` is what the protocol says and no more; `echo` has what came with the
 * task besides; `whole` has the task itself, with the result in it.
 */
export type ReportForm = 'plain' | 'echo' | 'whole'

export interface PlainReport {
  readonly form: ReportForm
  readonly body: string
}

/**
 * One report, in the forms in which an orchestrator may want it, the likeliest first. Who hands out leases wants one.
 *
 * An orchestrator that sends something along may find its expression by it, and some that miss it answer 200 all the
 * same: there the echo is first, and the plain form is for those that refuse what they do not know. One that sends
 * nothing gets the plain form, and the whole task only when it refuses that.
 *
 * The contract has no word for an error. An orchestrator that sends `args` has one, a text. Any other is sent a text as
 * the result, which it cannot read, and nothing else: many take a result that is not there for 0.
 */
export function plainReports ({ task, outcome }: TaskReport): PlainReport[] {
  const { id, lease, echo, wrapped, takesErrors } = task
  const members = JSON.stringify(outcome).slice(1)
  if (lease !== null) return [{ form: 'plain', body: `{"id":${id},"lease":${lease},${members}` }]
  const known = `{"id":${id}${echo}${echo.includes('"expId"') ? `,"taskId":${id}` : ''}`
  if ('error' in outcome) {
    const message = JSON.stringify(outcome.error.message)
    return [{ form: 'echo', body: `${known},"${takesErrors ? 'error' : 'result'}":${message}}` }]
  }
  const result = JSON.stringify(outcome.result)
  const forms: PlainReport[] = []
  if (echo !== '') forms.push({ form: 'echo', body: `${known},"result":${result}}` })
  forms.push({ form: 'plain', body: `{"id":${id},"result":${result}}` })
  if (wrapped !== '') {
    const worked = withMember(wrapped, `"Result":${result}`)
    forms.push({ form: 'whole', body: `${known},"result":${result},"task":${worked}}` })
  }
  return forms
}
