import { REQUEST_ERRORS } from './request-errors.js'

/**
 * Every error, independent of HTTP: a code, which never changes its meaning, and a message for people. `http/errors.ts`
 * maps codes to statuses.
 *
 * `{name}` in a message is replaced with that member of the error's data.
 */
const TABLE = {
  // The expression is not accepted. Data: position, length, and what the message names.
  expression_empty: 'The expression is empty; expected a number, a name, a sign or "("',
  unexpected_character: 'Unexpected character {found}; {hint}',
  unexpected_token: 'Unexpected {found}; expected {expected}',
  unexpected_end: 'Unexpected end of the expression; expected {expected}',
  parenthesis_unclosed: 'This "(" is never closed',
  parenthesis_unopened: 'This ")" has no matching "("',
  number_malformed: 'Malformed number {found}; {hint}',
  number_out_of_range: 'The number {found} is too large for a double (the largest is about 1.797e308)',
  name_unknown: 'Unknown name {found}; {hint}',
  feature_unsupported: '{found} is not part of the language; {hint}',
  arguments_missing: '{found} is a function; write its arguments in parentheses: {expected}',
  argument_count_wrong: '{found} takes {expected}, not {actual}',
  variable_missing: 'The variable {found} has no value; {hint}',
  expression_too_long: 'The expression has {actual} characters; the limit is {limit}',
  expression_too_deep: 'The expression is nested more than {limit} levels deep',
  plan_too_large: 'The expression needs more than {limit} operations',
  plan_too_deep: 'The expression has a chain of more than {limit} dependent operations',

  // An accepted expression failed.
  division_by_zero: 'Division by zero: {operation}',
  domain_error: '{operation} is undefined: {domain}',
  result_out_of_range: 'The result of {operation} is too large for a double',
  operation_failed: 'An agent could not compute {operation}: {reason}',
  attempts_exhausted: 'No result for {operation} after {attempts} attempts',
  calculation_timeout: 'The calculation took longer than its limit of {seconds} s',

  ...REQUEST_ERRORS
} as const

export type ErrorCode = keyof typeof TABLE

/** Every code, in the order in which people should read them. */
export const ERROR_CODES = Object.keys(TABLE) as readonly ErrorCode[]

export type ErrorData = Readonly<Record<string, string | number>>

/** Why an expression failed, as stored. `queue/failure.ts` adds what clients see beside it. */
export interface Failure {
  readonly code: string
  readonly message: string
}

/** An error of the table. Structured clone loses the class: between threads it travels as its code and data. */
export class DomainError extends Error {
  override readonly name = 'DomainError'

  readonly code: ErrorCode
  readonly data: ErrorData

  constructor (code: ErrorCode, data: ErrorData = {}, cause?: unknown) {
    super(messageOf(code, data), cause === undefined ? {} : { cause })
    this.code = code
    this.data = data
  }
}

/** The sentence of `code`, with the data's values in their places. */
export function messageOf (code: ErrorCode, data: ErrorData = {}): string {
  return TABLE[code].replace(/\{(\w+)\}/g, (whole, name: string) => String(data[name] ?? whole))
}

/** An error to throw; `cause` is kept for the log. */
export function domainError (code: ErrorCode, data?: ErrorData, cause?: unknown): DomainError {
  return new DomainError(code, data, cause)
}

/** Whether the store said that it is unavailable. */
export function isUnavailable (error: unknown): boolean {
  return error instanceof DomainError && error.code === 'storage_unavailable'
}

/** An error of the table as data: why an expression failed. */
export function failure (code: ErrorCode, data: ErrorData = {}): Failure {
  return { code, message: messageOf(code, data) }
}
