import { type ErrorCode, type ErrorData, type Failure, failure } from '../errors.js'
import type { SourceRange } from '../language/syntax.js'
import { operationOf, writeOperation } from '../operations.js'

/** An operation without a result, with the values of its operands. */
export interface FailedOperation {
  readonly symbol: string
  readonly left: number
  readonly right: number
  /** Null where the operation comes from no text. */
  readonly range: SourceRange | null
}

/**
 * Why an expression failed, as clients see it: the code, the sentence, and the operation that failed. When the time of
 * the calculation ends, no operation is named.
 */
export interface ExpressionFailure extends Failure, Partial<SourceRange> {
  readonly operation?: {
    /** The id of its task. */
    readonly id: number
    readonly operation: string
    readonly operands: readonly number[]
  }
  /** The agents of its attempts, of more than `MAX_AGENTS` the first and the latest; null for one without a name. */
  readonly agents?: ReadonlyArray<string | null>
}

/** Agents stored for one task. */
export const MAX_AGENTS = 20

/** A failure whose sentence names the operation and its position. */
export function failureOf (code: ErrorCode, data: ErrorData, { symbol, left, right, range }: FailedOperation): Failure {
  const { message } = failure(code, { ...data, operation: writeOperation(operationOf(symbol), left, right) })
  return { code, message: located(message, range?.position) }
}

/**
 * Why an operation has no result, as far as its operands show before it is computed; null if they show nothing.
 *
 * @param rangeOf the operation's range in the text; called only for a refusal
 */
export function operandFailureOf (
  symbol: string, left: number, right: number, rangeOf: () => SourceRange | null = () => null
): Failure | null {
  const definition = operationOf(symbol)
  const code = definition.refusal(left, right)
  if (code === null) return null
  return failureOf(code, { domain: definition.domain ?? '' }, { symbol, left, right, range: rangeOf() })
}

/** The sentence with the position at its end, unless it is there already. */
export function located (sentence: string, position: number | undefined): string {
  if (position === undefined) return sentence
  const suffix = ` (at position ${position})`
  return sentence.endsWith(suffix) ? sentence : sentence + suffix
}

/**
 * @param task id of the failed operation's task
 * @param agents the agents of its attempts
 */
export function expressionFailure (
  { code, message }: Failure, { symbol, left, right, range }: FailedOperation, task: number,
  agents: ReadonlyArray<string | null>
): ExpressionFailure {
  return {
    code,
    message,
    ...range,
    operation: { id: task, operation: symbol, operands: [left, right].slice(0, operationOf(symbol).arity) },
    ...agents.length > 0 && { agents: agents.slice(-MAX_AGENTS) }
  }
}
