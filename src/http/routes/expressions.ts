import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox'
import type { Static } from '@sinclair/typebox'
import { EXPRESSION_KIND, isFinal } from '../../core/expression.js'
import type { ListQuery as StoreQuery } from '../../core/store.js'
import { wasUnchanged, versionOf } from '../etag.js'
import { createListCache } from '../reply/list-cache.js'
import { waitOptionsOf, preferredWait } from '../wait-options.js'
import { sendPlanPage } from '../plan-page.js'
import { Empty } from '../schemas/common.js'
import {
  CANCELLED, EVERY_KIND, ExpressionAnswer, ExpressionParams, ExpressionQuery, ListAnswer, listQuery, retryAfter, expressionView
} from '../schemas/expression.js'
import { DEFAULT_PAGE, PlanAnswer, PlanQuery } from '../schemas/plan.js'
import { UNAVAILABLE, problems } from '../schemas/problem.js'
import type { Services } from '../services.js'

const Unchanged = Empty('What the client has (If-None-Match) is what there is')

export interface ExpressionOptions extends Services {
  /** The kinds of the other services, which can be listed, too. */
  readonly services: readonly string[]
}

export const expressionRoutes: FastifyPluginCallbackTypebox<ExpressionOptions> = (app, options, done) => {
  const { orchestrator, services } = options
  const lists = createListCache(orchestrator)

  app.get('/api/v1/expressions', {
    schema: {
      tags: ['expressions'],
      operationId: 'listExpressions',
      summary: 'List the expressions',
      description: 'All of them, or with `limit` a page at a time: `next` of one answer is `after` of the next.',
      querystring: listQuery(services),
      response: { 200: ListAnswer, 304: Unchanged, ...problems({ 422: 'The query is not acceptable', 503: UNAVAILABLE }) }
    }
  }, async (request, reply) => {
    const version = await orchestrator.expressionsVersion()
    if (!wasUnchanged(request, reply, version)) await lists.send(reply, queryOf(request.query), version)
    return reply
  })

  app.get('/api/v1/expressions/:id', {
    schema: {
      tags: ['expressions'],
      operationId: 'getExpression',
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
        304: Unchanged,
        ...problems({ 404: 'There is no such expression', 422: 'The query is not acceptable', 503: UNAVAILABLE })
      }
    }
  }, async (request, reply) => {
    const waitS = request.query.wait ?? preferredWait(request, reply)
    const expression = await orchestrator.expression(request.params.id, waitOptionsOf(waitS, reply))
    if (!isFinal(expression.status)) reply.header('retry-after', retryAfter(expression))
    if (wasUnchanged(request, reply, versionOf(expression))) return reply
    return { expression: expressionView(expression) }
  })

  app.get('/api/v1/expressions/:id/operations', {
    schema: {
      tags: ['expressions'],
      operationId: 'getExpressionPlan',
      summary: 'Show the plan of an expression, operation by operation',
      description: 'In dependency order, a page at a time: `next` of one answer is `after` of the next.',
      params: ExpressionParams,
      querystring: PlanQuery,
      response: {
        200: PlanAnswer,
        ...problems({ 404: 'There is no such expression', 422: 'The query is not acceptable', 503: UNAVAILABLE })
      }
    }
  }, async ({ params: { id }, query: { after, limit = DEFAULT_PAGE } }, reply) => {
    await sendPlanPage(reply, await orchestrator.operationsOf(id, { limit, ...after === undefined ? {} : { after } }))
    return reply
  })

  app.delete('/api/v1/expressions/:id', {
    schema: {
      tags: ['expressions'],
      operationId: 'cancelExpression',
      summary: 'Cancel an expression',
      description: 'It stays, as cancelled. Agents that work on it learn it with their next heartbeat.',
      params: ExpressionParams,
      response: {
        202: {
          ...ExpressionAnswer, description: 'The expression is cancelled', examples: [{ expression: CANCELLED }]
        },
        ...problems({
          404: 'There is no such expression', 409: 'It is completed, failed or cancelled already', 503: UNAVAILABLE
        })
      }
    }
  }, async (request, reply) => {
    const expression = await orchestrator.cancel(request.params.id)
    return reply.code(202).send({ expression: expressionView(expression) })
  })
  done()
}

/** Those of one service, unless all are asked for. */
function queryOf ({ kind = EXPRESSION_KIND, ...query }: Static<ReturnType<typeof listQuery>>): StoreQuery {
  return kind === EVERY_KIND ? query : { ...query, kind }
}
