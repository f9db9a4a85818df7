import { type ErrorCode, DomainError } from '../../../src/core/errors.js'

/** The DomainError that `action` throws; anything else that it does is a failure of the test. */
export function refusalOf (action: () => unknown): DomainError {
  try {
    action()
  } catch (error) {
    if (error instanceof DomainError) return error
    throw error
  }
  throw new Error('Nothing was refused')
}

/** How a refusal is compared: its code and its place. */
export function placeOf ({ code, data }: DomainError): [ErrorCode, unknown, unknown] {
  return [code, data.position, data.length]
}
