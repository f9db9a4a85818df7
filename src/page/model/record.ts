import type { AttemptOutcome, Expression, ExpressionUpdate, Operation } from '../../client/index.js'

/** An attempt of an operation, as the server has recorded it. Times are in ms since 1970, of the server's clock. */
export interface Attempt {
  /** The id of its operation. */
  readonly operation: number
  readonly number: number
  readonly agent: string | null
  readonly fromMs: number
  /** Null while it is open. */
  readonly toMs: number | null
  /** Null while it is open. */
  readonly outcome: AttemptOutcome | null
  readonly message: string | null
}

/**
 * An expression with its operations, as far as the server has told. What can be drawn of any moment follows from it
 * alone, so that a replay draws what the live view drew.
 */
export interface Calculation {
  readonly expression: Expression
  readonly operations: readonly Operation[]
  readonly createdMs: number
  /** When it is final; null before. */
  readonly finishedMs: number | null
}

export function calculationOf (
  { expression, operations }: Pick<ExpressionUpdate, 'expression' | 'operations'>
): Calculation {
  return {
    expression,
    operations,
    createdMs: Date.parse(expression.created_at),
    finishedMs: expression.finished_at === undefined ? null : Date.parse(expression.finished_at)
  }
}

/** The index of an operation; -1 where there is none with this id. The ids of an expression follow one another. */
export function indexOfOperation ({ operations }: Pick<Calculation, 'operations'>, id: number): number {
  const index = id - (operations[0]?.id ?? 0)
  return operations[index]?.id === id ? index : -1
}

export function operationWith (calculation: Pick<Calculation, 'operations'>, id: number): Operation | undefined {
  return calculation.operations[indexOfOperation(calculation, id)]
}

const attempts = new WeakMap<Operation, readonly Attempt[]>()

/** The attempts whose start is known, in the order of their starts. */
export function attemptsOf (operation: Operation): readonly Attempt[] {
  const known = attempts.get(operation)
  if (known !== undefined) return known
  const { attempt: number, claimed_at: from, ended_at: to, agent, outcome, message } = operation
  const own = number === undefined ? [] : { attempt: number, claimed_at: from, ended_at: to, agent, outcome, message }
  const found = [...operation.earlier_attempts ?? [], own].flat().flatMap(each => {
    if (each.claimed_at === undefined) return []
    return {
      operation: operation.id,
      number: each.attempt,
      agent: each.agent,
      fromMs: Date.parse(each.claimed_at),
      toMs: each.ended_at === undefined ? null : Date.parse(each.ended_at),
      outcome: each.outcome ?? null,
      message: each.message ?? null
    }
  }).sort((one, other) => one.fromMs - other.fromMs || one.number - other.number)
  attempts.set(operation, found)
  return found
}

/** The operations that an operation takes, each once. */
export function sourcesOf ({ sources }: Operation): number[] {
  return [...new Set(sources)].filter(source => source !== null)
}
