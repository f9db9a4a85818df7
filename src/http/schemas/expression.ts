import { type Static, Type } from '@sinclair/typebox'
import { type Expression as Known, STATUSES } from '../../core/expression.js'
import { Id, Nullable, Timestamp, WaitSeconds, answer, refusedAs, timestamp } from './common.js'

/** For answers: a plain string is written faster than one of several literals. */
const Status = Type.Unsafe<typeof STATUSES[number]>({
  type: 'string',
  enum: STATUSES,
  description: 'pending → in_progress → completed, failed or cancelled'
})

const StatusFilter = Type.Union(STATUSES.map(status => Type.Literal(status)), {
  description: `one of ${STATUSES.join(', ')}`
})

const Result = Nullable('number', { description: 'Null until the status is completed. 0 is a result.', examples: [6] })

const Failure = Type.Object({
  code: Type.String({ examples: ['division_by_zero'] }),
  message: Type.String({ examples: ['Division by zero'] })
}, { description: 'Why it failed; only then is it here' })

export const CalculateBody = Type.Object({
  expression: Type.String({
    description: 'Numbers, + - * / and parentheses', examples: ['2+2*2']
  })
}, { description: 'Further members are ignored' })

export const Created = answer('The expression is kept; poll for its result', Type.Object({
  id: Id({ description: 'Names the expression' })
}))

export const ExpressionParams = Type.Object({
  id: Id({ description: 'The id that the submit answered', ...refusedAs('expression_unknown') })
})

export const ExpressionQuery = Type.Object({
  wait: Type.Optional(WaitSeconds)
})

const ExpressionView = Type.Object({
  id: Id(),
  status: Status,
  result: Result,
  error: Type.Optional(Failure),
  expression: Type.String({ description: 'The text as it was submitted', examples: ['2+2*2'] }),
  created_at: Timestamp,
  started_at: Type.Optional(Timestamp),
  finished_at: Type.Optional(Timestamp),
  operations: Type.Object({
    total: Type.Integer({ description: 'Operations of the plan', examples: [2] }),
    completed: Type.Integer({ description: 'How many of them are done', examples: [2] })
  })
})

export const ExpressionAnswer = answer('The expression as it stands', Type.Object({ expression: ExpressionView }))

export const ListQuery = Type.Object({
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 10_000, description: 'At most so many; without it, all' })),
  after: Type.Optional(Type.Integer({
    minimum: 0, maximum: Number.MAX_SAFE_INTEGER, description: 'Only ids above this one: the last id of the page before'
  })),
  status: Type.Optional(StatusFilter),
  kind: Type.Optional(Type.String({
    maxLength: 100, description: 'The service that it was submitted to', examples: ['expression']
  }))
})

const ListEntry = Type.Object({ id: Id(), status: Status, result: Result, created_at: Timestamp })

export const ListAnswer = answer('In order of submission', Type.Object({ expressions: Type.Array(ListEntry) }))

/** An expression as its own page shows it. */
export function viewOf (expression: Known): Static<typeof ExpressionView> {
  const { id, status, result, error, source, createdAt, startedAt, finishedAt, operations } = expression
  return {
    id,
    status,
    result,
    ...error === null ? {} : { error },
    expression: source,
    created_at: timestamp(createdAt),
    ...startedAt === null ? {} : { started_at: timestamp(startedAt) },
    ...finishedAt === null ? {} : { finished_at: timestamp(finishedAt) },
    operations
  }
}

/** An expression as the list shows it. */
export function entryOf ({ id, status, result, createdAt }: Known): Static<typeof ListEntry> {
  return { id, status, result, created_at: timestamp(createdAt) }
}
