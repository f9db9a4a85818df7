import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox'
import { idempotencyOf, inOrder } from '../idempotency.js'
import { takeInput } from '../input.js'
import { CalculateBody, Created } from '../schemas/expression.js'
import { problems } from '../schemas/problem.js'
import { prefixOf } from '../prefix.js'
import type { Services } from '../services.js'

export const calculateRoutes: FastifyPluginCallbackTypebox<Services> = (app, { orchestrator }, done) => {
  app.post('/api/v1/calculate', {
    schema: {
      tags: ['expressions'],
      operationId: 'submitExpression',
      summary: 'Submit an expression',
      description: 'With the header `Idempotency-Key`, a body that is sent again gets the id of the first time.',
      body: CalculateBody,
      response: {
        201: {
          ...Created,
          headers: { location: { type: 'string', description: 'Where the expression is shown' } }
        },
        ...problems({
          413: 'The body is too large',
          415: 'The body is of another media type than JSON',
          422: 'The body or the expression is not acceptable; position and length say where',
          503: 'Draining, too much unfinished work, or nothing can be kept; Retry-After says when to try again'
        })
      }
    }
  }, async (request, reply) => {
    const { expression: source, variables } = takeInput(request, 'body')
    const idempotency = idempotencyOf(request, () => [source, inOrder(variables ?? {})])
    const work = { source, variables: variables ?? {} }
    const { id } = await orchestrator.calculate({ ...work, ...idempotency && { idempotency } })
    return reply.code(201).header('location', `${prefixOf(request, app)}/api/v1/expressions/${id}`).send({ id })
  })
  done()
}
