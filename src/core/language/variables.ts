import { domainError } from '../errors.js'
import { isName, quote } from './lexer.js'

/** Values by name; each is finite and not −0. */
export type Variables = ReadonlyMap<string, number>

export const NO_VARIABLES: Variables = new Map()

/**
 * Reads the variables of a request. Unused variables are allowed; their names and values are checked all the same.
 *
 * @throws DomainError `variable_invalid`
 */
export function readVariables (values: Readonly<Record<string, unknown>>): Variables {
  return new Map(Object.entries(values).map(([name, value]) => {
    const found = quote(name)
    if (!isName(name)) {
      throw domainError('variable_invalid', {
        found, reason: 'a name consists of letters, digits and "_", and does not start with a digit'
      })
    }
    if (typeof value !== 'number' || !Number.isFinite(value)) {
      throw domainError('variable_invalid', { found, reason: 'its value must be a number in the range of a double' })
    }
    return [name, value + 0]
  }))
}
