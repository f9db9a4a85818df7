import type { FastifyReply } from 'fastify'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { Static } from '@sinclair/typebox'
import { EXPRESSION_KIND, isFinal } from '../../core/expression.js'
import type { ListQuery as StoreQuery, Operations } from '../../core/store.js'
import { isNotModified, versionOf } from '../reply/etag.js'
import { createListCache } from '../reply/list-cache.js'
import { waitOptionsOf, preferredWait } from '../request/wait-options.js'
import { writeJsonSlices } from '../reply/json-slices.js'
import { Empty } from '../schemas/common.js'
import {
  CANCELLED, EVERY_KIND, ExpressionAnswer, ExpressionParams, ExpressionQuery, ListAnswer, expressionView, listQuery,
  retryAfter
} from '../schemas/expression.js'
import { DEFAULT_PAGE, PlanAnswer, PlanQuery, nextPageOf, planViews } from '../schemas/plan.js'
import { UNAVAILABLE, problems } from '../schemas/problem.js'
import type { Services } from '../services.js'

const NotModified = Empty('Not modified: the client has the current state (If-None-Match)')

export interface ExpressionOptions extends Services {
  /** The kinds of the other services, by which the list can be filtered. */
  readonly services: readonly string[]
}

export const expressionRoutes: FastifyPluginAsyncTypebox<ExpressionOptions> = async (app, options) => {
  const { orchestrator, services } = options
  const lists = createListCache(orchestrator)

  app.get('/api/v1/expressions', {
    schema: {
      tags: ['expressions'],
      operationId: 'listExpressions',
      summary: 'List the expressions',
      description: 'All of them, or with `limit` one page: `next` of a page is `after` of the following one.',
      querystring: listQuery(services),
      response: { 200: ListAnswer, 304: NotModified, ...problems({ 422: 'The query is invalid', 503: UNAVAILABLE }) }
    }
  }, async (request, reply) => {
    const version = await orchestrator.expressionsVersion()
    if (!isNotModified(request, reply, version)) await lists.send(reply, queryOf(request.query), version)
    return reply
  })

  app.get('/api/v1/expressions/:id', {
    schema: {
      tags: ['expressions'],
      operationId: 'getExpression',
      summary: 'Get the status of an expression',
      description: 'With `?wait=SECONDS` or the header `Prefer: wait=SECONDS`, the response waits until the status ' +
        'is completed, failed or cancelled, for at most that time.',
      params: ExpressionParams,
      querystring: ExpressionQuery,
      response: {
        200: {
          ...ExpressionAnswer,
          headers: {
            'retry-after': {
              type: 'integer', description: 'While it is unfinished: seconds left on its critical path, at least 1'
            }
          }
        },
        304: NotModified,
        ...problems({ 404: 'No such expression', 422: 'The query is invalid', 503: UNAVAILABLE })
      }
    }
  }, async (request, reply) => {
    const waitS = request.query.wait ?? preferredWait(request, reply)
    const expression = await orchestrator.expression(request.params.id, waitOptionsOf(waitS, reply))
    if (!isFinal(expression.status)) reply.header('retry-after', retryAfter(expression))
    if (isNotModified(request, reply, versionOf(expression))) return reply
    return { expression: expressionView(expression) }
  })

  app.get('/api/v1/expressions/:id/operations', {
    schema: {
      tags: ['expressions'],
      operationId: 'getExpressionPlan',
      summary: 'List the operations of an expression\'s plan',
      description: 'In dependency order, one page at a time: `next` of a page is `after` of the following one.',
      params: ExpressionParams,
      querystring: PlanQuery,
      response: {
        200: PlanAnswer,
        ...problems({ 404: 'No such expression', 422: 'The query is invalid', 503: UNAVAILABLE })
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
      description: 'The expression remains, as cancelled. Its agents are notified at their next heartbeat.',
      params: ExpressionParams,
      response: {
        202: {
          ...ExpressionAnswer, description: 'The expression is cancelled', examples: [{ expression: CANCELLED }]
        },
        ...problems({
          404: 'No such expression', 409: 'The expression is already completed, failed or cancelled', 503: UNAVAILABLE
        })
      }
    }
  }, async (request, reply) => {
    const expression = await orchestrator.cancel(request.params.id)
    return reply.code(202).send({ expression: expressionView(expression) })
  })
}

/** By default the expressions of POST /api/v1/calculate alone. */
function queryOf ({ kind = EXPRESSION_KIND, ...query }: Static<ReturnType<typeof listQuery>>): StoreQuery {
  return kind === EVERY_KIND ? query : { ...query, kind }
}

/** Sends a page of a plan, as `PlanAnswer` describes it. */
async function sendPlanPage (reply: FastifyReply, page: Operations): Promise<void> {
  const operations = await writeJsonSlices(page.tasks.length, (start, end) => planViews(page, start, end))
  const next = nextPageOf(page)
  const rest = next === null ? '' : `,"next":${next}`
  reply.type('application/json; charset=utf-8')
    .send(`{"total":${page.expression.operations.total},"operations":[${operations}]${rest}}`)
}
