import type { Failure } from '../errors.js'
import { failureOf } from './failure.js'
import type { SourceRange } from '../language/syntax.js'
import { operationOf } from '../operations.js'

/**
 * Why an operation whose operands are known has no result, seen before anybody works on it; null
 * where nothing is seen.
 *
 * @param placeOf where it stands in the text; asked only when there is a reason
 */
export function refusalOf (
  symbol: string, left: number, right: number, placeOf: () => SourceRange | null = nowhere
): Failure | null {
  const definition = operationOf(symbol)
  const code = definition.refusal(left, right)
  if (code === null) return null
  return failureOf(code, { domain: definition.domain ?? '' }, { symbol, left, right, range: placeOf() })
}

function nowhere (): null {
  return null
}
