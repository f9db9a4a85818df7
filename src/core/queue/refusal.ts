import type { Failure } from '../errors.js'
import { failureOf } from './failure.js'
import type { SourceRange } from '../language/syntax.js'
import { operationOf } from '../operations.js'

/**
 * Why an operation has no result, as far as its operands show before it is computed; null if they show nothing.
 *
 * @param rangeOf the operation's range in the text; called only for a refusal
 */
export function refusalOf (
  symbol: string, left: number, right: number, rangeOf: () => SourceRange | null = () => null
): Failure | null {
  const definition = operationOf(symbol)
  const code = definition.refusal(left, right)
  if (code === null) return null
  return failureOf(code, { domain: definition.domain ?? '' }, { symbol, left, right, range: rangeOf() })
}
