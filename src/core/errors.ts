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

  // A request is refused.
  body_invalid: 'Invalid body: {reason}',
  query_invalid: 'Invalid query: {reason}',
  path_invalid: 'Invalid path: {reason}',
  variable_invalid: 'Invalid variable {found}: {reason}',
  result_invalid: 'Invalid result: {reason}',
  expression_unknown: 'Expression {id} does not exist',
  expression_final: 'Expression {id} is already {status}',
  task_unknown: 'No task {id} is waiting for a result',
  lease_superseded: 'Task {id} was claimed again; this lease is no longer valid',
  route_unknown: 'No such route: {method} {path}. See /docs',
  method_not_allowed: '{method} is not allowed here; use {allowed}',
  body_too_large: 'The body is larger than {limit} bytes',
  headers_too_large: 'The headers are larger than {limit} bytes',
  headers_too_many: 'The request has more than {limit} header lines',
  not_acceptable: 'This route sends {available}, which the Accept header excludes',
  media_type_unsupported: 'Cannot read {found}; send Content-Type: application/json',
  content_encoding_unsupported: 'Cannot read bodies encoded as {found}; send the body without Content-Encoding',
  charset_unsupported: 'Cannot read bodies in {found}; send UTF-8',
  expectation_failed: 'Cannot meet the expectation {found}; only 100-continue is supported',
  request_malformed: 'Not a valid HTTP request: {reason}',
  request_timeout: 'The request did not arrive in full within the time limit',
  token_required: 'Token missing or wrong; send Authorization: Bearer <INTERNAL_TOKEN>',
  origin_refused: 'Cross-origin browser requests are refused',
  host_refused: 'This server does not answer to the name {found}; add it to ALLOWED_HOSTS',
  idempotency_key_invalid: 'The Idempotency-Key must be 1 to 255 visible ASCII characters',
  idempotency_conflict: 'The Idempotency-Key was already used for a different request',
  draining: 'The server is shutting down and accepts no new work',
  connections_full: 'The server has reached its limit of connections; try again later',
  streams_full: 'The server has reached its limit of event streams; try again later',
  queue_full: 'Too much unfinished work ({what}); try again later',
  storage_unavailable: 'The store is unavailable; nothing was changed, unless a database connection broke',
  internal: 'Internal error; see the log of the server'
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
