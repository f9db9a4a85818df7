/**
 * The closed table of everything that can go wrong, without HTTP: a code that never changes its
 * meaning, and the sentence a person reads. `http/errors.ts` alone knows which status a code gets.
 *
 * A template's `{name}` is filled from the error's data.
 */
const TABLE = {
  // An expression that is not accepted. Data: position, length, and what the sentence names.
  expression_empty: 'The expression is empty; expected a number, a name, a sign or "("',
  unexpected_character: 'Unexpected character {found}; {hint}',
  unexpected_token: 'Unexpected {found}; expected {expected}',
  unexpected_end: 'The expression ends too early; expected {expected}',
  parenthesis_unclosed: 'This "(" is never closed',
  parenthesis_unopened: 'This ")" closes nothing',
  number_malformed: '{found} is not a number that Longhand reads; {hint}',
  number_out_of_range: 'The number {found} is too large for a double (the largest is about 1.797e308)',
  name_unknown: 'Unknown name {found}; {hint}',
  feature_unsupported: '{found} is not part of the language; {hint}',
  arguments_missing: '{found} is a function; its arguments stand in parentheses: {expected}',
  argument_count_wrong: '{found} takes {expected}, not {actual}',
  variable_missing: 'The variable {found} has no value; {hint}',
  expression_too_long: 'The expression has {actual} characters; at most {limit} are accepted',
  expression_too_deep: 'The expression is nested more than {limit} levels deep',
  plan_too_large: 'The expression needs more than {limit} operations',
  plan_too_deep: 'More than {limit} operations of the expression depend on one another in a row',

  // Why an accepted expression failed.
  division_by_zero: 'Division by zero: {operation}',
  domain_error: '{operation} has no value: {domain}',
  result_out_of_range: 'The result of {operation} is too large for a double',
  operation_failed: 'An agent could not compute {operation}: {reason}',
  attempts_exhausted: '{operation} was handed out {attempts} times and no result came back in time',
  calculation_timeout: 'The calculation took longer than {seconds} seconds',

  // A request that cannot be served.
  body_invalid: 'The body is not acceptable: {reason}',
  query_invalid: 'The query is not acceptable: {reason}',
  path_invalid: 'The path is not acceptable: {reason}',
  variable_invalid: 'The variable {found} cannot be used; {reason}',
  result_invalid: 'The result is not acceptable: {reason}',
  expression_unknown: 'There is no expression {id}',
  expression_final: 'Expression {id} is {status} already',
  task_unknown: 'There is no task {id} that waits for a result',
  lease_superseded: 'Task {id} was handed out again; this lease counts no more',
  route_unknown: 'Nothing is here: {method} {path}',
  method_not_allowed: '{method} is not possible here; allowed: {allowed}',
  body_too_large: 'The body is larger than {limit} bytes',
  headers_too_large: 'The headers are larger than {limit} bytes',
  headers_too_many: 'The request has more than {limit} header lines',
  media_type_unsupported: 'The media type {found} is not read here; send application/json',
  content_encoding_unsupported: 'Bodies in the encoding {found} are not read here; send it without Content-Encoding',
  charset_unsupported: 'Cannot read bodies in {found}; send UTF-8',
  expectation_failed: 'The server meets no expectation other than 100-continue, and the request expects {found}',
  request_malformed: 'This is no HTTP request: {reason}',
  request_timeout: 'The request did not come to its end in time',
  token_required: 'Agents need the token here: Authorization: Bearer <INTERNAL_TOKEN>',
  origin_refused: 'Pages of other origins may not do this',
  host_refused: 'The host {found} is not served here; ALLOWED_HOSTS names the ones that are',
  idempotency_key_invalid: 'The Idempotency-Key must be 1 to 255 visible ASCII characters',
  idempotency_conflict: 'The Idempotency-Key was used for another request before',
  draining: 'The server is shutting down and takes no new work',
  connections_full: 'The server has as many connections as it can have; try again later',
  queue_full: 'There is too much unfinished work ({what}); try again later',
  storage_unavailable: 'The state cannot be kept right now; nothing was changed, unless a database connection broke',
  internal: 'An internal error; the log has the details'
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
