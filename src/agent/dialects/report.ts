import type { HttpAnswer } from '../protocol/connection.js'
import { TAKEN, type TaskReport, type Verdict, isTaken, refusalOf, reportBody } from '../protocol/report.js'
import type { AgentTask } from '../protocol/task.js'
import { appendMember } from './json.js'
import type { ForeignTask } from './task.js'

/** 4xx that say nothing of the report: access and host name (401, 403, 407, 421), and timing (408, 425, 429). */
const TRY_LATER: ReadonlySet<number> = new Set([401, 403, 407, 408, 421, 425, 429])

/** What orchestrators answer to a report whose form they cannot use: in what they read of it, no task is named. */
const FORM_REFUSED: ReadonlySet<number> = new Set([400, 404, 422, 500])

interface FormedReport {
  /**
   * `plain` is what the contract says and no more; `echo` also has what came with the task; `whole` has the task
   * itself, with the result in it.
   */
  readonly form: 'plain' | 'echo' | 'whole'
  readonly body: string
}

/**
 * Delivers reports to an orchestrator without leases, in each of its forms until one is taken. That form is tried first
 * from then on.
 *
 * The reporter throws an Error when another attempt may succeed: without a connection or an answer in time, and for 5xx
 * and those 4xx that say nothing of the report.
 */
export function createReporter (post: (body: string, signal: AbortSignal) => Promise<HttpAnswer>) {
  let preferred: FormedReport['form'] | null = null

  return async (report: TaskReport, signal: AbortSignal): Promise<Verdict> => {
    const forms = reportForms(report)
      .sort((one, other) => Number(other.form === preferred) - Number(one.form === preferred))
    let refused: HttpAnswer | undefined
    for (const { form, body } of forms) {
      const answer = await post(body, signal)
      if (isTaken(answer)) {
        preferred = form
        return TAKEN
      }
      const isOfForm = FORM_REFUSED.has(answer.status)
      // The answer to the first form counts. A 5xx may be due to a form or may pass, so it outweighs a 4xx.
      if (refused === undefined || answer.status >= 500 || !isOfForm) refused = answer
      if (!isOfForm) break
    }
    const { status } = refused!
    return refusalOf(refused!, status >= 400 && status < 500 && !TRY_LATER.has(status))
  }
}

/**
 * One report in the forms that an orchestrator without leases may want, the likeliest first.
 *
 * An orchestrator that sends more than the contract may find its expression by it, and some that miss it answer 200 all
 * the same: there `echo` comes first, and `plain` is for those that refuse unknown members. An orchestrator that sends
 * nothing more gets `plain`, and `whole` only when it refuses that.
 *
 * The contract has no errors. An orchestrator that sends `args` takes a text as `error`. Any other gets the text as the
 * result, which it cannot read, and in no other form: many take a missing result for 0.
 */
export function reportForms (report: TaskReport): FormedReport[] {
  const { task, outcome } = report
  const { id } = task
  const { echo, wrapped, takesErrors } = foreignMembersOf(task)
  const known = `{"id":${id}${echo}${echo.includes('"expId"') ? `,"taskId":${id}` : ''}`
  if ('error' in outcome) {
    const message = JSON.stringify(outcome.error.message)
    return [{ form: 'echo', body: `${known},"${takesErrors ? 'error' : 'result'}":${message}}` }]
  }
  const result = JSON.stringify(outcome.result)
  const forms: FormedReport[] = []
  if (echo !== '') forms.push({ form: 'echo', body: `${known},"result":${result}}` })
  forms.push({ form: 'plain', body: reportBody(report) })
  if (wrapped !== '') {
    const task = appendMember(wrapped, `"Result":${result}`)
    forms.push({ form: 'whole', body: `${known},"result":${result},"task":${task}}` })
  }
  return forms
}

function foreignMembersOf (task: AgentTask | ForeignTask): Pick<ForeignTask, 'echo' | 'wrapped' | 'takesErrors'> {
  return 'echo' in task ? task : { echo: '', wrapped: '', takesErrors: true }
}
