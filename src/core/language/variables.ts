import { domainError } from '../errors.js'
import { isName, quote } from './lexer.js'

/** Values by name; each is finite and not −0. */
export type Variables = ReadonlyMap<string, number>

export const NO_VARIABLES: Variables = new Map()

/**
 * Reads what a client sent as variables. Names are those that the language can use; which of them
 * the expression uses does not matter here.
 *
 * @throws DomainError `variable_invalid`
 */
export function readVariables (values: Readonly<Record<string, unknown>>): Variables {
  return new Map(Object.entries(values).map(([name, value]) => {
    const found = quote(name)
    if (!isName(name)) {
      throw domainError('variable_invalid', {
        found, reason: 'a name is made of letters, digits and "_", and begins with no digit'
      })
    }
    if (typeof value !== 'number' || !Number.isFinite(value)) {
      throw domainError('variable_invalid', { found, reason: 'its value must be a number that a double holds' })
    }
    return [name, value + 0]
  }))
}
