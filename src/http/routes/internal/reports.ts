import { DomainError, domainError } from '../../../core/errors.js'
import type { Outcome, Report } from '../../../core/store.js'
import { type Acceptance, OneReport, type ReportBody } from '../../schemas/report.js'
import { compileCheck } from '../../validation.js'

/** No other attempt would come to another end, so an agent need not say that it is final. */
const ARITHMETIC: ReadonlySet<string> = new Set(['division_by_zero', 'domain_error', 'result_out_of_range'])

const checkReport = compileCheck(OneReport, 'body')
const checkId = compileCheck(OneReport.properties.id, 'body')

/** What a body says of one task, or of many. */
export type Reports =
  | { readonly one: Report }
  | { readonly many: ReadonlyArray<Report | Refused> }

/** An item of a list that cannot be handed on. */
export interface Refused {
  /** The task that it speaks of, where it says so. */
  readonly task: number | null
  readonly refusal: DomainError
}

/**
 * Reads the body of a report. What is wrong with an item of a list is said of that item alone.
 *
 * @throws `body_invalid`, `result_invalid` for a single report
 */
export function readReports (body: ReportBody): Reports {
  const { id, results } = body
  if (results !== undefined) {
    if (id !== undefined) throw domainError('body_invalid', { reason: 'there is both "id" and "results"' })
    return { many: results.map(readItem) }
  }
  if (id === undefined) throw domainError('body_invalid', { reason: '"id" is missing' })
  return { one: reportOf({ ...body, id }) }
}

export function isRefused (item: Report | Refused): item is Refused {
  return 'refusal' in item
}

function readItem (item: unknown): Report | Refused {
  const { error } = checkReport(item)
  if (error !== undefined) return { task: idIn(item), refusal: error }
  try {
    return reportOf(item as OneReport)
  } catch (error) {
    if (error instanceof DomainError) return { task: idIn(item), refusal: error }
    throw error
  }
}

function idIn (item: unknown): number | null {
  const id = typeof item === 'object' && item !== null && 'id' in item ? item.id : undefined
  return checkId(id).error === undefined ? Number(id) : null
}

/** @throws `result_invalid` unless there is either a result or an error. */
function reportOf ({ id, result, error, ...rest }: OneReport): Report {
  const task = Number(id)
  const lease = rest.lease ?? null
  if (result !== undefined && error === undefined) {
    // −0 + 0 is 0.
    return { task, lease, result: result + 0 }
  }
  if (error === undefined || result !== undefined) {
    throw domainError('result_invalid', { reason: 'there must be either "result" or "error"' })
  }
  const { code, message, retryable = !ARITHMETIC.has(code) } = error
  return { task, lease, error: { code, message, retryable } }
}

/** Why a report was not taken; null when it was, or when it was not needed any more. */
export function refusalOf (task: number, outcome: Outcome | undefined): DomainError | null {
  if (outcome === 'unknown') return domainError('task_unknown', { id: task })
  return outcome === 'superseded' ? domainError('lease_superseded', { id: task }) : null
}

/** The same as a part of an answer. */
export function acceptanceOf (task: number, outcome: Outcome | undefined): Acceptance {
  const refusal = refusalOf(task, outcome)
  return refusal === null ? { accepted: outcome === 'accepted' } : refusedAcceptance(refusal)
}

export function refusedAcceptance ({ code, message }: DomainError): Acceptance {
  return { accepted: false, code, detail: message }
}
