import { type DomainError, domainError } from '../../core/errors.js'
import type { OperationOutline } from './document.js'
import { problemOf } from '../errors.js'
import type { Problem } from '../schemas/problem.js'

/** An example of the problem that this operation has with this status; undefined where it has none. */
export function problemExample (operation: OperationOutline, status: number): Problem | undefined {
  const error = errorFor(operation, status)
  return error === undefined ? undefined : problemOf(error)
}

function errorFor (operation: OperationOutline, status: number): DomainError | undefined {
  const isInternal = operation.path.startsWith('/internal')
  switch (status) {
    case 401:
      return domainError('token_required')
    case 403:
      return domainError('origin_refused')
    case 404:
      return isInternal ? domainError('task_unknown', { id: 1 }) : domainError('expression_unknown', { id: 1 })
    case 409:
      return isInternal
        ? domainError('lease_superseded', { id: 1 })
        : domainError('expression_final', { id: 1, status: 'completed' })
    case 413:
      return domainError('body_too_large', { limit: 2_097_152 })
    case 415:
      return domainError('media_type_unsupported', { found: 'text/plain' })
    case 421:
      return domainError('host_refused', { found: 'example.org' })
    case 400:
    case 422:
      return invalidInput(operation)
    case 431:
      return domainError('headers_too_large', { limit: 16_384 })
    case 503:
      return domainError('storage_unavailable')
    default:
      return undefined
  }
}

function invalidInput ({ query: [parameter], body }: OperationOutline): DomainError {
  if (body?.title === 'CalculateRequest') {
    const expected = 'a number, a name, a sign or "("'
    return domainError('unexpected_token', { position: 2, length: 1, found: '"*"', expected })
  }
  if (body !== null) {
    const [member] = body.required
    return domainError('body_invalid', { reason: member === undefined ? 'expected object' : `"${member}" is missing` })
  }
  return parameter === undefined
    ? domainError('path_invalid', { reason: 'num1 is not a number in the range of a double' })
    : domainError('query_invalid', { reason: `"${parameter}": expected number` })
}
