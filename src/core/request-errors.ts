/**
 * The part of the table of errors with which requests are refused. A file of its own, because the page, which parses
 * and plans as the server does, is built without it: `scripts/build-page.js`.
 */
export const REQUEST_ERRORS = {
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
