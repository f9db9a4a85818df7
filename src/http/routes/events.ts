import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { isFinal } from '../../core/expression.js'
import type { ListNews } from '../../core/orchestrator/feeds.js'
import type { ExpressionChanges } from '../../core/store.js'
import { asEventStream, createEventWriter, lastEventOf, requireEventStream, sendEvents } from '../reply/event-stream.js'
import { Empty, timestamp } from '../schemas/common.js'
import { END_ID, EventsAnswer, EventsQuery, expressionEvent, listEvent } from '../schemas/events.js'
import { ExpressionParams } from '../schemas/expression.js'
import { problems } from '../schemas/problem.js'
import type { Services } from '../services.js'

const NOT_ACCEPTABLE = 'The Accept header excludes text/event-stream'
const UNAVAILABLE = 'Shutting down, too many event streams, or the store is unavailable; Retry-After says when to retry'

/** Server-sent events for followers that follow an expression, or everything. */
export const eventRoutes: FastifyPluginAsyncTypebox<Services> = async (app, { orchestrator }) => {
  const writeExpression = createEventWriter((changes: ExpressionChanges) =>
    expressionEvent(changes, orchestrator.now()))
  const writeList = createEventWriter((news: ListNews) => listEvent(news, orchestrator.now()))
  const endOf = () => ({ now: timestamp(orchestrator.now()) })

  app.get('/api/v1/expressions/:id/events', {
    schema: {
      tags: ['expressions'],
      operationId: 'followExpression',
      summary: 'Follow an expression and its operations',
      description: 'First an event `start` with the expression and its operations, in pieces of at most 1,000, then ' +
        'an event `change` with what has changed, as it is then, at most 20 a second; the text and the plan of the ' +
        'expression are in `start` only. The event `end` follows the final state.',
      params: ExpressionParams,
      querystring: EventsQuery,
      response: {
        200: EventsAnswer,
        204: Empty('The client has everything up to the end'),
        ...problems({
          404: 'No such expression', 406: NOT_ACCEPTABLE, 422: 'The query is invalid', 503: UNAVAILABLE
        })
      }
    }
  }, async (request, reply) => {
    requireEventStream(request)
    const { id } = request.params
    const after = lastEventOf(request, request.query.after)
    if (after === END_ID && await isAtEnd(id)) return reply.code(204).send()
    if (request.method === 'HEAD') {
      await orchestrator.expression(id)
      return asEventStream(reply).send('')
    }
    return sendEvents(reply, await orchestrator.follow(id, after), writeExpression, endOf)
  })

  /** Whether nothing follows for a client that has seen the end; true also for a deleted expression. */
  async function isAtEnd (id: number): Promise<boolean> {
    const expression = await orchestrator.lookUp(id)
    return expression === null || isFinal(expression.status)
  }

  app.get('/api/v1/events', {
    schema: {
      tags: ['expressions'],
      operationId: 'followList',
      summary: 'Follow the list of expressions and the agents',
      description: 'All kinds of expressions. First an event `start`, in pieces of at most 1,000 expressions, then ' +
        'an event `change` with what has changed, at most 20 a second. With `all_agents`, `agents` has all of them.',
      querystring: EventsQuery,
      response: {
        200: EventsAnswer, ...problems({ 406: NOT_ACCEPTABLE, 422: 'The query is invalid', 503: UNAVAILABLE })
      }
    }
  }, async (request, reply) => {
    requireEventStream(request)
    if (request.method === 'HEAD') return asEventStream(reply).send('')
    const follower = await orchestrator.followList(lastEventOf(request, request.query.after))
    return sendEvents(reply, follower, writeList, endOf)
  })
}
