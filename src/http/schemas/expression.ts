import { type Static, Type } from '@sinclair/typebox'
import { EXPRESSION_KIND, type Expression as Known, type ListedExpression, STATUSES } from '../../core/expression.js'
import { type ExpressionFailure, MAX_AGENTS } from '../../core/queue/failure.js'
import { OPERATOR_LIST } from '../../core/language/lexer.js'
import { CONSTANTS } from '../../core/language/names.js'
import { CALLABLE } from '../../core/operations.js'
import { type Effort, parallelismOf } from '../../core/plan/plan.js'
import { Id, Nullable, Timestamp, WaitSeconds, withDescription, refusedAs, timestamp } from './common.js'

/** For responses: a plain string is serialised faster than one of several literals. */
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
    description: 'Position of the operator or function that failed, in UTF-16 units from 0', examples: [11]
  })),
  length: Type.Optional(Type.Integer({ description: 'Length in UTF-16 units', examples: [1] })),
  operation: Type.Optional(Type.Object({
    id: Id({ description: 'Its id in the list of operations' }),
    operation: Type.String({ description: 'A symbol from GET /api/v1/operations', examples: ['/'] }),
    operands: Type.Array(Type.Number(), { examples: [[8, 0]] })
  }, { description: 'The operation that failed; absent when the expression as a whole timed out' })),
  agents: Type.Optional(Type.Array(Nullable('string'), {
    description: 'The agents of its attempts, without those that they released, in order; of more than ' +
      `${MAX_AGENTS} attempts the first and the latest; null for an agent without a name. Absent for an operation ` +
      'that was never claimed.',
    examples: [['lab-3', 'lab-4']]
  }))
}, { title: 'Failure', description: 'Why it failed; present only when it has failed' })

const Kind = Type.Optional(Type.String({
  description: 'The service that created it; absent for POST /api/v1/calculate', examples: ['job-order']
}))

/** Enough for any text that people write, and read in less than 20 ms; 100,000 took 250 ms. */
export const MAX_VARIABLES = 10_000

export const CalculateBody = Type.Object({
  expression: Type.String({
    description: `Numbers, variables, constants (${[...CONSTANTS.keys()].join(' ')}), parentheses, ` +
      `${OPERATOR_LIST}, and functions (${[...CALLABLE.keys()].join(' ')})`,
    examples: ['2+2*2', 'x*t^y']
  }),
  variables: Type.Optional(Type.Union([
    Type.Record(Type.String(), Type.Number(), { maxProperties: MAX_VARIABLES }), Type.Null()
  ], {
    description: `an object of numbers by name, at most ${MAX_VARIABLES} of them`, examples: [{ x: 10, y: 1, t: 11 }]
  }))
}, {
  title: 'CalculateRequest',
  description: 'Other members, and variables that the expression does not use, are ignored',
  examples: [{ expression: 'x*t^y', variables: { x: 10, y: 1, t: 11 } }]
})

export const Created = withDescription('The expression is stored; poll for its result', Type.Object({
  id: Id({ description: 'Identifies the expression' })
}, { title: 'Created' }))

export const ExpressionParams = Type.Object({
  id: Id({ description: 'The id from the response to the submit', ...refusedAs('expression_unknown') })
})

export const ExpressionQuery = Type.Object({
  wait: Type.Optional(WaitSeconds)
})

const EFFORT = {
  work_ms: Type.Number({ description: 'Time with one agent: the sum of all operation times', examples: [6300] }),
  span_ms: Type.Number({
    description: 'Time with any number of agents: the longest chain of dependent operations', examples: [600]
  }),
  parallelism: Type.Number({
    description: 'work_ms / span_ms: the highest possible speed-up over one agent', examples: [10.5]
  })
}

const PlanView = Type.Object({
  ...EFFORT,
  before: Type.Object(EFFORT, { description: 'The same before optimisation (OPTIMIZE)' })
}, { title: 'Effort', description: 'How long the plan takes, and how far it can run in parallel' })

const TWO = { work_ms: 3000, span_ms: 3000, parallelism: 1 }

/** The example of `2+2*2`. */
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

/** The same, cancelled before its first operation. */
export const CANCELLED = {
  ...COMPLETED, status: 'cancelled', result: null, operations: { total: 2, completed: 0 }
}

const ExpressionView = Type.Object({
  id: Id(),
  kind: Kind,
  status: Status,
  result: Result,
  error: Type.Optional(Failure),
  expression: Type.String({ description: 'The submitted text', examples: ['2+2*2'] }),
  created_at: Timestamp,
  started_at: Type.Optional(Timestamp),
  finished_at: Type.Optional(Timestamp),
  operations: Type.Object({
    total: Type.Integer({ description: 'Number of operations in the plan', examples: [2] }),
    completed: Type.Integer({ description: 'Number of completed operations', examples: [2] })
  }),
  plan: PlanView
}, { title: 'Expression' })

export const ExpressionAnswer = withDescription('The expression', Type.Object({ expression: ExpressionView }, {
  title: 'ExpressionAnswer', examples: [{ expression: COMPLETED }]
}))

/** After how many seconds to poll an unfinished expression again. */
export function retryAfter ({ remainingMs }: Known): number {
  return Math.max(1, Math.ceil(remainingMs / 1000))
}

/** The filter that selects all kinds. */
export const EVERY_KIND = 'all'

/** @param services the kinds of the services beside that of the expressions */
export function listQuery (services: readonly string[]) {
  const kinds = [EXPRESSION_KIND, ...services, EVERY_KIND]
  return Type.Object({
    limit: Type.Optional(Type.Integer({
      minimum: 1, maximum: 10_000, description: 'Maximum number of items; default all'
    })),
    after: Type.Optional(Type.Integer({
      minimum: 0, maximum: Number.MAX_SAFE_INTEGER, description: 'Only ids above this one: `next` of the previous page'
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

export const ListAnswer = withDescription('In order of submission', Type.Object({
  expressions: Type.Array(ListEntry),
  next: Type.Optional(Id({ description: 'Only with a limit, when there are more: `after` of the next page' }))
}, { title: 'ExpressionList' }))

/** An expression as `GET /api/v1/expressions/:id` shows it. */
export function expressionView (expression: Known): Static<typeof ExpressionView> {
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

/** An expression as the list of expressions shows it. */
export function listEntry (expression: ListedExpression): Static<typeof ListEntry> {
  const { id, status, result, createdAt } = expression
  return { id, status, result, created_at: timestamp(createdAt), ...kindOf(expression) }
}

function kindOf ({ kind }: Pick<Known, 'kind'>): { kind?: string } {
  return kind === EXPRESSION_KIND ? {} : { kind }
}
