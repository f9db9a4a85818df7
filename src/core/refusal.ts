import { type Failure, failure } from './errors.js'
import { operationOf, writeOperation } from './operations.js'

/**
 * Why an operation whose operands are known has no result, seen before anybody works on it; null
 * where nothing is seen.
 */
export function refusalOf (symbol: string, left: number, right: number): Failure | null {
  const definition = operationOf(symbol)
  const code = definition.refusal(left, right)
  if (code === null) return null
  return failure(code, { operation: writeOperation(definition, left, right), domain: definition.domain ?? '' })
}
