import { type ErrorCode, type ErrorData, type Failure, failure } from '../errors.js'
import type { SourceRange } from '../language/syntax.js'
import { operationOf, writeOperation } from '../operations.js'

/** An operation that has no result, with what its operands came to. */
export interface FailedOperation {
  readonly symbol: string
  readonly left: number
  readonly right: number
  /** Where it stands in the text; null where it comes from no text. */
  readonly range: SourceRange | null
}

/**
 * Why an expression failed, as clients see it: beside the code and the sentence, which operation failed. An end of the
 * expression's time is the fault of no operation.
 */
export interface ExpressionFailure extends Failure, Partial<SourceRange> {
  readonly operation?: {
    /** Of its task. */
    readonly id: number
    readonly operation: string
    readonly operands: readonly number[]
  }
  /** The agents that held its attempts, the last `MOST_AGENTS` of them, in their order; null for one without a name. */
  readonly agents?: ReadonlyArray<string | null>
}

/** Names of agents that are kept for one task. */
export const MAX_AGENTS = 20

/** A failure in the words of the table, which say the operation and where it stands. */
export function failureOf (code: ErrorCode, data: ErrorData, { symbol, left, right, range }: FailedOperation): Failure {
  const { message } = failure(code, { ...data, operation: writeOperation(operationOf(symbol), left, right) })
  return { code, message: located(message, range?.position) }
}

/** A sentence with the position at its end, once. */
export function located (sentence: string, position: number | undefined): string {
  if (position === undefined) return sentence
  const where = ` (at position ${position})`
  return sentence.endsWith(where) ? sentence : sentence + where
}

/**
 * What is shown of a failure.
 *
 * @param task the failed operation's id
 * @param agents those that held its attempts
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
