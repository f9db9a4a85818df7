import { STATUS_CODES, maxHeaderSize } from 'node:http'
import type { Socket } from 'node:net'
import { codeOf } from '../../core/error-code.js'
import { type DomainError, domainError } from '../../core/errors.js'
import { NO_SNIFF_HEADER } from '../guard/header-checks.js'
import { problemOf } from '../errors.js'
import { PROBLEM_TYPE } from '../schemas/problem.js'

/**
 * Answers a request that Node could not parse or that did not arrive in time, and closes the connection, because the
 * start of a next request cannot be found. Always with a problem: the path, which selects a service's own format, is
 * not known.
 */
export function answerClientError (error: Error, socket: Socket): void {
  if (codeOf(error) === 'ECONNRESET' || !socket.writable) return
  const problem = problemOf(toDomainError(error))
  const body = JSON.stringify(problem)
  socket.write([
    `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status] ?? ''}`, `Content-Type: ${PROBLEM_TYPE}`,
    `Content-Length: ${Buffer.byteLength(body)}`, 'Connection: close', NO_SNIFF_HEADER.join(': '), '', body
  ].join('\r\n'))
  socket.destroySoon()
}

function toDomainError (error: Error): DomainError {
  switch (codeOf(error)) {
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return domainError('request_timeout')
    case 'HPE_HEADER_OVERFLOW':
      return domainError('headers_too_large', { limit: maxHeaderSize })
    default:
      return domainError('request_malformed', { reason: 'reason' in error ? String(error.reason) : 'it is incomplete' })
  }
}
