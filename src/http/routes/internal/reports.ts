import { DomainError, domainError } from '../../../core/errors.js'
import type { Outcome, Report } from '../../../core/store.js'
import { type Acceptance, OneReport, type ReportBody } from '../../schemas/report.js'
import { isRecord } from '../../request/record.js'
import { compileCheck } from '../../request/validation.js'

/** Final unless the report says otherwise: no other attempt can succeed. */
const ARITHMETIC: ReadonlySet<string> = new Set(['division_by_zero', 'domain_error', 'result_out_of_range'])

const checkReport = compileCheck(OneReport, 'body')
const checkId = compileCheck(OneReport.properties.id, 'body')

/** The body: a single report, or a list. */
export type Reports =
  | { readonly one: Report }
  | { readonly many: ReadonlyArray<Report | InvalidReport> }

/** An item of a list that is not valid. */
export interface InvalidReport {
  /** Null where it has no valid id. */
  readonly task: number | null
  readonly invalid: DomainError
}

/**
 * Reads the body of a report. An invalid item of a list does not affect the others.
 *
 * @throws `body_invalid`, `result_invalid` for a single report
 */
export function readReports (body: ReportBody): Reports {
  const { id, results } = body
  if (results !== undefined) {
    if (id !== undefined) throw domainError('body_invalid', { reason: 'it has both "id" and "results"' })
    return { many: results.map(readItem) }
  }
  if (id === undefined) throw domainError('body_invalid', { reason: '"id" is missing' })
  return { one: reportOf({ ...body, id }) }
}

export function isInvalid (item: Report | InvalidReport): item is InvalidReport {
  return 'invalid' in item
}

function readItem (item: unknown): Report | InvalidReport {
  const { value, error } = checkReport(item)
  if (error !== undefined) return { task: idIn(item), invalid: error }
  try {
    return reportOf(value)
  } catch (err) {
    if (err instanceof DomainError) return { task: idIn(item), invalid: err }
    throw err
  }
}

function idIn (item: unknown): number | null {
  const id = isRecord(item) ? item['id'] : undefined
  return checkId(id).error === undefined ? Number(id) : null
}

/** @throws `result_invalid` unless there is either a result or an error. */
function reportOf ({ id, result, error, ...rest }: OneReport): Report {
  const task = Number(id)
  const lease = rest.lease ?? null
  if (result !== undefined && error === undefined) {
    // Adding 0 turns −0 into 0.
    return { task, lease, result: result + 0 }
  }
  if (error === undefined || result !== undefined) {
    throw domainError('result_invalid', { reason: 'either "result" or "error" is required' })
  }
  const { code, message, retryable = !ARITHMETIC.has(code) } = error
  return { task, lease, error: { code, message, retryable } }
}

/** The error of a report that was not accepted; null when it was accepted or is no longer needed. */
export function reportError (task: number, outcome: Outcome | undefined): DomainError | null {
  if (outcome === 'unknown') return domainError('task_unknown', { id: task })
  return outcome === 'superseded' ? domainError('lease_superseded', { id: task }) : null
}

/** The same as members of a response. */
export function acceptanceOf (task: number, outcome: Outcome | undefined): Acceptance {
  const error = reportError(task, outcome)
  return error === null ? { accepted: outcome === 'accepted' } : rejection(error)
}

export function rejection ({ code, message }: DomainError): Acceptance {
  return { accepted: false, code, detail: message }
}
