import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox'
import { patienceOf, preferredWait } from '../patience.js'
import {
  ExpressionAnswer, ExpressionParams, ExpressionQuery, ListAnswer, ListQuery, entryOf, viewOf
} from '../schemas/expression.js'
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
        200: ExpressionAnswer,
        ...problems({ 404: 'There is no such expression', 422: 'The query is not acceptable' })
      }
    }
  }, async (request, reply) => {
    const waitS = request.query.wait ?? preferredWait(request, reply)
    const expression = await orchestrator.expression(request.params.id, patienceOf(waitS, reply))
    return { expression: viewOf(expression) }
  })
  done()
}
