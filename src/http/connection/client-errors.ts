import { STATUS_CODES, maxHeaderSize } from 'node:http'
import type { Socket } from 'node:net'
import { type DomainError, domainError } from '../../core/errors.js'
import { NO_SNIFF_HEADER } from '../guard/header-limits.js'
import { problemOf } from '../errors.js'
import { PROBLEM_TYPE } from '../schemas/problem.js'

/**
 * Answers what never became a request, because Node could not read it or it did not come to its end in time, and ends
 * the connection: nobody knows where the next request would begin. For every path, because there is none.
 */
export function answerUnparsed (error: Error, socket: Socket): void {
  // Whoever has gone reads nothing.
  if (('code' in error && error.code === 'ECONNRESET') || !socket.writable) return
  const problem = problemOf(toDomainError(error))
  const body = JSON.stringify(problem)
  socket.write([
    `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status] ?? ''}`, `Content-Type: ${PROBLEM_TYPE}`,
    `Content-Length: ${Buffer.byteLength(body)}`, 'Connection: close', NO_SNIFF_HEADER.join(': '), '', body
  ].join('\r\n'))
  socket.destroySoon()
}

function toDomainError (error: Error): DomainError {
  switch ('code' in error && error.code) {
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return domainError('request_timeout')
    case 'HPE_HEADER_OVERFLOW':
      return domainError('headers_too_large', { limit: maxHeaderSize })
    default:
      return domainError('request_malformed', { reason: 'reason' in error ? String(error.reason) : 'it breaks off' })
  }
}
