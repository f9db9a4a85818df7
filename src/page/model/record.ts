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
  /** Whether its operation has no other. */
  readonly isOnly: boolean
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

interface Times {
  readonly attempts: readonly Attempt[]
  readonly completedMs: number | null
}

/** Reading 100,000 times takes 30 ms, which is too much for a frame. */
const times = new WeakMap<Operation, Times>()

function timesOf (operation: Operation): Times {
  const known = times.get(operation)
  if (known !== undefined) return known
  const { completed_at: completedAt } = operation
  const read = {
    attempts: readAttempts(operation), completedMs: completedAt === undefined ? null : Date.parse(completedAt)
  }
  times.set(operation, read)
  return read
}

/** The attempts whose start is known, in the order of their starts. */
export function attemptsOf (operation: Operation): readonly Attempt[] {
  return timesOf(operation).attempts
}

/** When an operation was completed, in ms; null before. */
export function completionOf (operation: Operation): number | null {
  return timesOf(operation).completedMs
}

function readAttempts (operation: Operation): readonly Attempt[] {
  const { attempt: number, claimed_at: from, ended_at: to, agent, outcome, message } = operation
  const own = number === undefined ? [] : { attempt: number, claimed_at: from, ended_at: to, agent, outcome, message }
  return [...operation.earlier_attempts ?? [], own].flat().flatMap(each => each.claimed_at === undefined
    ? []
    : {
        operation: operation.id,
        isOnly: operation.earlier_attempts === undefined,
        number: each.attempt,
        agent: each.agent,
        fromMs: Date.parse(each.claimed_at),
        toMs: each.ended_at === undefined ? null : Date.parse(each.ended_at),
        outcome: each.outcome ?? null,
        message: each.message ?? null
      }).sort((one, other) => one.fromMs - other.fromMs || one.number - other.number)
}

/** The operations that an operation takes, each once. */
export function sourcesOf ({ sources }: Operation): number[] {
  return [...new Set(sources)].filter(source => source !== null)
}
