import type { FastifyReply, FastifyRequest } from 'fastify'
import { codeOf } from '../core/error-code.js'
import { type ErrorCode, DomainError, domainError } from '../core/errors.js'
import type { RateLimit } from '../core/orchestrator/rate-limit.js'
import { NO_SNIFF_HEADER } from './guard/header-checks.js'
import { PROBLEM_TYPE, type Problem } from './schemas/problem.js'

/** The status of every error; no other file decides one. */
const STATUS: Readonly<Record<ErrorCode, number>> = {
  expression_empty: 422,
  unexpected_character: 422,
  unexpected_token: 422,
  unexpected_end: 422,
  parenthesis_unclosed: 422,
  parenthesis_unopened: 422,
  number_malformed: 422,
  number_out_of_range: 422,
  name_unknown: 422,
  feature_unsupported: 422,
  arguments_missing: 422,
  argument_count_wrong: 422,
  variable_missing: 422,
  expression_too_long: 422,
  expression_too_deep: 422,
  plan_too_large: 422,
  plan_too_deep: 422,
  division_by_zero: 422,
  domain_error: 422,
  result_out_of_range: 422,
  operation_failed: 500,
  attempts_exhausted: 500,
  calculation_timeout: 500,
  body_invalid: 422,
  query_invalid: 422,
  path_invalid: 422,
  variable_invalid: 422,
  result_invalid: 422,
  expression_unknown: 404,
  expression_final: 409,
  task_unknown: 404,
  lease_superseded: 409,
  route_unknown: 404,
  method_not_allowed: 405,
  body_too_large: 413,
  headers_too_large: 431,
  headers_too_many: 431,
  not_acceptable: 406,
  media_type_unsupported: 415,
  content_encoding_unsupported: 415,
  charset_unsupported: 415,
  expectation_failed: 417,
  request_malformed: 400,
  request_timeout: 408,
  token_required: 401,
  origin_refused: 403,
  host_refused: 421,
  idempotency_key_invalid: 422,
  idempotency_conflict: 422,
  draining: 503,
  connections_full: 503,
  streams_full: 503,
  queue_full: 503,
  storage_unavailable: 503,
  internal: 500
}

/** After how many seconds a client should retry. */
const RETRY_AFTER_S: Partial<Record<ErrorCode, number>> = {
  draining: 5, connections_full: 5, streams_full: 5, queue_full: 1, storage_unavailable: 1
}

/** Expected refusals that are logged, so that an operator finds their reason. */
const LOGGED_REFUSALS: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'queue_full', 'connections_full', 'streams_full', 'token_required', 'origin_refused', 'host_refused',
  'headers_too_large', 'headers_too_many'
])

/** Expected while the server shuts down. */
const UNLOGGED: ReadonlySet<ErrorCode> = new Set<ErrorCode>(['draining'])

/** The log field that counts the lines that the rate limit left out. */
export function moreField (more: number): { readonly more?: number } {
  return more > 0 ? { more } : {}
}

/** For servers without a rate limit. */
const UNLIMITED: Pick<RateLimit, 'log'> = { log: (_kind, write) => write(0) }

/** The response of a service to a problem. */
export interface ErrorAnswer {
  readonly status: number
  readonly mediaType: string
  readonly body: object
}

/** The form of a service's errors: each service has a body of its own; the table of errors is the same. */
export type ErrorFormat = (problem: Problem) => ErrorAnswer

export const problemFormat: ErrorFormat = problem =>
  ({ status: problem.status, mediaType: PROBLEM_TYPE, body: problem })

/**
 * The error handler of all paths. `formatOf` selects the form by path and not by route, because a service's form also
 * applies where it has no route: to another method, or to an unknown path below one of its own.
 *
 * @param isMounted whether a foreign app has a handler of its own: it gets the errors that have a status and are not of
 *   the table, such as those of its hooks
 */
export function createErrorHandler (
  formatOf: (request: FastifyRequest) => ErrorFormat = () => problemFormat,
  throttle: Pick<RateLimit, 'log'> = UNLIMITED, isMounted = false
) {
  return function handleError (error: unknown, request: FastifyRequest, reply: FastifyReply): Promise<never> | void {
    const known = toDomainError(error, request)
    // Of what is thrown here, Fastify would pass on only instances of Error.
    if (isMounted && known.code === 'internal' && hasStatus(error)) return Promise.reject(error)
    const problem = problemOf(known)
    const isFault = problem.status >= 500 && !LOGGED_REFUSALS.has(known.code) && !UNLOGGED.has(known.code)
    if (isFault || LOGGED_REFUSALS.has(known.code)) {
      const { log, id, method, url, routeOptions } = request
      const fields = { reqId: id, method, url }
      // Limited by code and route alone: messages are not a closed set.
      throttle.log(`${known.code} ${routeOptions.url ?? ''}`, more => isFault
        ? log.error({ err: known.cause ?? known, ...fields, ...moreField(more) }, problem.detail)
        : log.info({ ...fields, code: known.code, ...moreField(more) }, `Refused: ${problem.detail}`))
    }
    const { status, mediaType, body } = formatOf(request)(problem)
    // No hook runs for what Fastify itself refuses.
    reply.header(...NO_SNIFF_HEADER)
    for (const [name, value] of errorHeadersOf(known)) reply.header(name, value)
    // The route's serialiser would drop what its schema for this status does not name.
    reply.code(status).type(mediaType).serializer(JSON.stringify).send(body)
  }
}

function hasStatus (error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'statusCode' in error && Number(error.statusCode) >= 400
}

/** An error of the table as the client gets it. */
export function problemOf ({ code, message, data }: DomainError): Problem {
  const { position, length } = data
  return {
    type: `urn:longhand:error:${code}`,
    title: titleOf(code),
    status: STATUS[code],
    detail: message,
    code,
    ...typeof position === 'number' ? { position } : {},
    ...typeof length === 'number' ? { length } : {}
  }
}

function titleOf (code: ErrorCode): string {
  return code.charAt(0).toUpperCase() + code.slice(1).replaceAll('_', ' ')
}

/** The headers that an error of the table adds to its answer, such as Retry-After. */
export function errorHeadersOf ({ code, data }: DomainError): Array<[name: string, value: string]> {
  const retryAfter = RETRY_AFTER_S[code]
  if (retryAfter !== undefined) return [['retry-after', String(retryAfter)]]
  if (code === 'method_not_allowed') return [['allow', String(data['allowed'])]]
  if (code === 'content_encoding_unsupported') return [['accept-encoding', 'identity']]
  if (code === 'token_required') return [['www-authenticate', 'Bearer realm="agents"']]
  return []
}

/** Translates Fastify's errors into those of the table; any other error is a fault of the server. */
function toDomainError (error: unknown, request: FastifyRequest): DomainError {
  if (error instanceof DomainError) return error
  const code = codeOf(error)
  switch (code) {
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return domainError('media_type_unsupported', { found: request.headers['content-type'] ?? 'none' })
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return domainError('body_too_large', { limit: request.routeOptions.bodyLimit ?? 'allowed' })
    case 'FST_ERR_CTP_INVALID_CONTENT_LENGTH':
      return domainError('body_invalid', { reason: 'its length does not match its Content-Length' })
    case 'FST_ERR_BAD_URL':
    case 'FST_ERR_MAX_PARAM_LENGTH':
      return domainError('route_unknown', { method: request.method, path: request.url })
    default:
      if (code === 'ECONNRESET' && !request.raw.complete) {
        return domainError('body_invalid', { reason: 'the connection closed before its end' })
      }
      return domainError('internal', {}, error)
  }
}
