import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox'
import { isFinal } from '../../core/expression.js'
import { patienceOf, preferredWait } from '../patience.js'
import {
  ExpressionAnswer, ExpressionParams, ExpressionQuery, ListAnswer, ListQuery, entryOf, retryAfter, viewOf
} from '../schemas/expression.js'
import { DEFAULT_PAGE, PlanAnswer, PlanQuery, pageOf } from '../schemas/plan.js'
import { problems } from '../schemas/problem.js'
import type { Services } from '../services.js'

export const expressionRoutes: FastifyPluginCallbackTypebox<Services> = (app, { orchestrator }, done) => {
  app.get('/api/v1/expressions', {
    schema: {
      tags: ['expressions'],
      summary: 'List the expressions',
      querystring: ListQuery,
      response: { 200: ListAnswer, ...problems({ 422: 'The query is not acceptable' }) }
    }
  }, async request => {
    const expressions = await orchestrator.expressions(request.query)
    return { expressions: expressions.map(entryOf) }
  })

  app.get('/api/v1/expressions/:id', {
    schema: {
      tags: ['expressions'],
      summary: 'Show an expression',
      description: 'With `?wait=SECONDS` or the header `Prefer: wait=SECONDS` the answer is held back until the ' +
        'status is completed, failed or cancelled, or the time is over.',
      params: ExpressionParams,
      querystring: ExpressionQuery,
      response: {
        200: {
          ...ExpressionAnswer,
          headers: {
            'retry-after': {
              type: 'integer', description: 'While it is unfinished: seconds along its longest path, at least 1'
            }
          }
        },
        ...problems({ 404: 'There is no such expression', 422: 'The query is not acceptable' })
      }
    }
  }, async (request, reply) => {
    const waitS = request.query.wait ?? preferredWait(request, reply)
    const expression = await orchestrator.expression(request.params.id, patienceOf(waitS, reply))
    if (!isFinal(expression.status)) reply.header('retry-after', retryAfter(expression))
    return { expression: viewOf(expression) }
  })

  app.get('/api/v1/expressions/:id/operations', {
    schema: {
      tags: ['expressions'],
      summary: 'Show the plan of an expression, operation by operation',
      description: 'In dependency order, a page at a time: `next` of one answer is `after` of the next.',
      params: ExpressionParams,
      querystring: PlanQuery,
      response: {
        200: PlanAnswer,
        ...problems({ 404: 'There is no such expression', 422: 'The query is not acceptable' })
      }
    }
  }, async ({ params: { id }, query: { after, limit = DEFAULT_PAGE } }) =>
    pageOf(await orchestrator.operationsOf(id, { limit, ...after === undefined ? {} : { after } })))
  done()
}
