import { type TSchema, Type } from '@sinclair/typebox'
import type { Outcome } from '../../core/store.js'
import type { AttemptOutcome, TaskState } from '../../core/queue/calculation.js'
import { STATUSES, type Status } from '../../core/expression.js'

/** Types of the columns of rows. `bigint` is read as a number: ids and counts stay far below 2^53. */

export const integer = Type.Integer()
export const float = Type.Number()
export const text = Type.String()
export const boolean = Type.Boolean()

export const nullable = <Schema extends TSchema>(schema: Schema) => Type.Union([schema, Type.Null()])

function oneOf<Text extends string> (...texts: readonly Text[]) {
  return Type.Unsafe<Text>(Type.Union(texts.map(text => Type.Literal(text))))
}

export const status = oneOf<Status>(...STATUSES)
export const taskState =
  oneOf<TaskState>('waiting', 'ready', 'leased', 'overdue', 'completed', 'failed', 'dropped')
export const outcomes = Type.Array(oneOf<Outcome>('accepted', 'ignored', 'unknown', 'superseded'))
export const symbols = Type.Array(text)

/** Columns, or parameters, of one type. */
export function each<const Of, Name extends string> (type: Of, ...names: readonly Name[]): Record<Name, Of>
export function each (type: unknown, ...names: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(names.map(name => [name, type]))
}

/** The ended attempts of a task (`EndedAttempt`, `core/queue/calculation.ts`). */
export const endedAttempts = nullable(Type.Array(Type.Object({
  attempt: integer,
  ...each(nullable(text), 'agent', 'lease'),
  ...each(nullable(float), 'claimedAt', 'endedAt'),
  outcome: oneOf<AttemptOutcome>('completed', 'expired', 'released', 'failed', 'cancelled'),
  message: Type.Optional(text)
})))

/** The columns of `FAILED_OPERATION` (`sql/fragments.ts`). */
export const failedOperationColumns = {
  symbol: text,
  ...each(float, 'left_value', 'right_value'),
  ...each(nullable(integer), 'text_position', 'text_length'),
  /** Null for an operation that was never claimed. */
  agents: nullable(Type.Array(nullable(text)))
}
