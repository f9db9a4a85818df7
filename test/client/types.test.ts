/** The compiler checks that the types of the client are those of the API's schemas; `npm run test:types` runs it. */
import type { Static } from '@sinclair/typebox'
import { test } from 'tap'
import type {
  Agent, Agents, Effort, Expression, Failure, ListEntry, ListPage, ListQuery, Operation
} from '../../src/client/index.js'
import type { AgentsAnswer } from '../../src/http/schemas/agent.js'
import type { ExpressionAnswer, ListAnswer, listQuery } from '../../src/http/schemas/expression.js'
import type { PlanAnswer } from '../../src/http/schemas/plan.js'

/** As a client sees it: nobody changes what came from the server. */
type DeepReadonly<T> = T extends object ? { readonly [Key in keyof T]: DeepReadonly<T[Key]> } : T

/** With its optional members, which assignability alone would not miss. */
type DeepRequired<T> = T extends object ? { readonly [Key in keyof T]-?: DeepRequired<T[Key]> } : T

type IsAssignable<One, Other> = [One] extends [Other] ? true : false

/** Whether each can be assigned to the other, and they have the same members. */
type Agree<One, Other> =
  [IsAssignable<One, Other>, IsAssignable<Other, One>, IsAssignable<DeepRequired<One>, DeepRequired<Other>>,
    IsAssignable<DeepRequired<Other>, DeepRequired<One>>] extends [true, true, true, true] ? true : false

type Answered<Schema extends { static: unknown }> = DeepReadonly<Schema['static']>

type AnsweredExpression = Answered<typeof ExpressionAnswer>['expression']
type AnsweredOperation = Answered<typeof PlanAnswer>['operations'][number]
type AnsweredAgents = Answered<typeof AgentsAnswer>

/** A compiler error here names the type that differs. */
const AGREEMENT: {
  readonly expression: Agree<Expression, AnsweredExpression>
  readonly effort: Agree<Effort, Omit<AnsweredExpression['plan'], 'before'>>
  readonly failure: Agree<Failure, NonNullable<AnsweredExpression['error']>>
  readonly operation: Agree<Operation, AnsweredOperation>
  readonly listEntry: Agree<ListEntry, Answered<typeof ListAnswer>['expressions'][number]>
  readonly listPage: Agree<ListPage, Answered<typeof ListAnswer>>
  readonly listQuery: Agree<ListQuery, Static<ReturnType<typeof listQuery>>>
  readonly agent: Agree<Agent, AnsweredAgents['agents'][number]>
  readonly agents: Agree<Agents, AnsweredAgents>
} = {
  expression: true,
  effort: true,
  failure: true,
  operation: true,
  listEntry: true,
  listPage: true,
  listQuery: true,
  agent: true,
  agents: true
}

/** What this file would not accept. */
const DISAGREEMENT: {
  readonly optional: Agree<{ readonly a?: number }, object>
  readonly deep: Agree<{ readonly a: { readonly b: number } }, { readonly a: { readonly b: number | null } }>
} = { optional: false, deep: false }

test('the types of the client agree with the schemas of the API', async t => {
  t.notOk(Object.values<boolean>(AGREEMENT).includes(false))
  t.notOk(Object.values<boolean>(DISAGREEMENT).includes(true))
})
