import { type Static, Type } from '@sinclair/typebox'
import { EXPRESSION_KIND, type Expression as Known, type ListedExpression, STATUSES } from '../../core/expression.js'
import { type ExpressionFailure, MAX_AGENTS } from '../../core/queue/failure.js'
import { OPERATOR_LIST } from '../../core/language/lexer.js'
import { CONSTANTS } from '../../core/language/names.js'
import { CALLABLE } from '../../core/operations.js'
import { type Effort, parallelismOf } from '../../core/plan/plan.js'
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
  message: Type.String({ examples: ['Division by zero: 8 / 0 (at position 11)'] }),
  position: Type.Optional(Type.Integer({
    description: 'Where the sign or the name of the failed operation stands, in UTF-16 units from 0', examples: [11]
  })),
  length: Type.Optional(Type.Integer({ description: 'How many units from there', examples: [1] })),
  operation: Type.Optional(Type.Object({
    id: Id({ description: 'Its id in the list of operations' }),
    operation: Type.String({ description: 'A symbol of GET /api/v1/operations', examples: ['/'] }),
    operands: Type.Array(Type.Number(), { examples: [[8, 0]] })
  }, { description: 'The operation that failed; absent when the time of the whole expression is over' })),
  agents: Type.Optional(Type.Array(Nullable('string'), {
    description: `The agents that held its attempts, the last ${MAX_AGENTS} at most, in their order; null for one ` +
      'without a name. Absent for an operation that was never handed out.',
    examples: [['lab-3', 'lab-4']]
  }))
}, { title: 'Failure', description: 'Why it failed; present only in that state' })

const Kind = Type.Optional(Type.String({
  description: 'The service that it was submitted to; not there for POST /api/v1/calculate', examples: ['job-order']
}))

/** More than people write into a text, and few enough to be read in less than 20 ms: 100,000 took 250 ms. */
export const MOST_VARIABLES = 10_000

export const CalculateBody = Type.Object({
  expression: Type.String({
    description: `Numbers, variables, constants (${[...CONSTANTS.keys()].join(' ')}), parentheses, ` +
      `${OPERATOR_LIST}, and functions (${[...CALLABLE.keys()].join(' ')})`,
    examples: ['2+2*2', 'x*t^y']
  }),
  variables: Type.Optional(Type.Union([
    Type.Record(Type.String(), Type.Number(), { maxProperties: MOST_VARIABLES }), Type.Null()
  ], {
    description: `an object of numbers by name, at most ${MOST_VARIABLES} of them`, examples: [{ x: 10, y: 1, t: 11 }]
  }))
}, {
  title: 'CalculateRequest',
  description: 'Further members, and variables that the expression does not use, are ignored',
  examples: [{ expression: 'x*t^y', variables: { x: 10, y: 1, t: 11 } }]
})

export const Created = answer('The expression is kept; poll for its result', Type.Object({
  id: Id({ description: 'Names the expression' })
}, { title: 'Created' }))

export const ExpressionParams = Type.Object({
  id: Id({ description: 'The id that the submit answered', ...refusedAs('expression_unknown') })
})

export const ExpressionQuery = Type.Object({
  wait: Type.Optional(WaitSeconds)
})

const EFFORT = {
  work_ms: Type.Number({ description: 'One agent alone: the sum of all operation times', examples: [6300] }),
  span_ms: Type.Number({
    description: 'Any number of agents: the longest chain of operations that wait for one another', examples: [600]
  }),
  parallelism: Type.Number({
    description: 'work_ms / span_ms: the most that any number of agents can be faster than one', examples: [10.5]
  })
}

const PlanView = Type.Object({
  ...EFFORT,
  before: Type.Object(EFFORT, { description: 'The same for the plan as it was written, before OPTIMIZE' })
}, { title: 'Effort', description: 'How long the plan takes, and how much agents can share it' })

const TWO = { work_ms: 3000, span_ms: 3000, parallelism: 1 }

/** Of `2+2*2`, as its page shows it. */
const COMPLETED = {
  id: 1,
  status: 'completed',
  result: 6,
  expression: '2+2*2',
  created_at: '2026-01-31T12:00:00.000Z',
  started_at: '2026-01-31T12:00:00.002Z',
  finished_at: '2026-01-31T12:00:03.010Z',
  operations: { total: 2, completed: 2 },
  plan: { ...TWO, before: TWO }
}

/** The same, cancelled before anything of it was done. */
export const CANCELLED = {
  ...COMPLETED, status: 'cancelled', result: null, operations: { total: 2, completed: 0 }
}

const ExpressionView = Type.Object({
  id: Id(),
  kind: Kind,
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
  }),
  plan: PlanView
}, { title: 'Expression' })

export const ExpressionAnswer = answer('The expression as it stands', Type.Object({ expression: ExpressionView }, {
  title: 'ExpressionAnswer', examples: [{ expression: COMPLETED }]
}))

/** How long it is sensible to wait before asking for an unfinished expression again, in seconds. */
export function retryAfter ({ remainingMs }: Known): number {
  return Math.max(1, Math.ceil(remainingMs / 1000))
}

/** For all services; there is no list of what is none. */
export const EVERY_KIND = 'all'

/** @param services the kinds of the services beside that of the expressions */
export function listQuery (services: readonly string[]) {
  const kinds = [EXPRESSION_KIND, ...services, EVERY_KIND]
  return Type.Object({
    limit: Type.Optional(Type.Integer({
      minimum: 1, maximum: 10_000, description: 'At most so many; without it, all'
    })),
    after: Type.Optional(Type.Integer({
      minimum: 0, maximum: Number.MAX_SAFE_INTEGER, description: 'Only ids above this one: `next` of the page before'
    })),
    status: Type.Optional(StatusFilter),
    kind: Type.Optional(Type.Union(kinds.map(kind => Type.Literal(kind)), {
      description: `one of ${kinds.join(', ')}`, default: EXPRESSION_KIND, examples: ['job-order']
    }))
  })
}

const ListEntry = Type.Object({ id: Id(), status: Status, result: Result, created_at: Timestamp, kind: Kind }, {
  title: 'ListEntry',
  examples: [{ id: 1, status: 'completed', result: 6, created_at: '2026-01-31T12:00:00.000Z' }]
})

export const ListAnswer = answer('In order of submission', Type.Object({
  expressions: Type.Array(ListEntry),
  next: Type.Optional(Id({ description: 'Only with a limit, and where there are more: what to ask for as `after`' }))
}, { title: 'ExpressionList' }))

/** An expression as its own page shows it. */
export function viewOf (expression: Known): Static<typeof ExpressionView> {
  const { id, status, result, error, source, createdAt, startedAt, finishedAt, operations } = expression
  const { effort, effortBefore } = expression
  return {
    id,
    ...kindOf(expression),
    status,
    result,
    ...error === null ? {} : { error: failureOf(error) },
    expression: source,
    created_at: timestamp(createdAt),
    ...startedAt === null ? {} : { started_at: timestamp(startedAt) },
    ...finishedAt === null ? {} : { finished_at: timestamp(finishedAt) },
    operations,
    plan: { ...effortOf(effort), before: effortOf(effortBefore) }
  }
}

function failureOf ({ operation, agents, ...rest }: ExpressionFailure): Static<typeof Failure> {
  return {
    ...rest,
    ...operation === undefined ? {} : { operation: { ...operation, operands: [...operation.operands] } },
    ...agents === undefined ? {} : { agents: [...agents] }
  }
}

function effortOf (effort: Effort): { work_ms: number, span_ms: number, parallelism: number } {
  return { work_ms: effort.workMs, span_ms: effort.spanMs, parallelism: parallelismOf(effort) }
}

/** An expression as the list shows it. */
export function entryOf (expression: ListedExpression): Static<typeof ListEntry> {
  const { id, status, result, createdAt } = expression
  return { id, status, result, created_at: timestamp(createdAt), ...kindOf(expression) }
}

function kindOf ({ kind }: Pick<Known, 'kind'>): { kind?: string } {
  return kind === EXPRESSION_KIND ? {} : { kind }
}
