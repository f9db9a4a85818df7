import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { idempotencyOf, sortedMembers } from '../request/idempotency.js'
import { detach } from '../request/detach.js'
import { CalculateBody, Created } from '../schemas/expression.js'
import { SUBMIT_UNAVAILABLE, problems } from '../schemas/problem.js'
import { locationOf } from '../prefix.js'
import type { Services } from '../services.js'

export const calculateRoutes: FastifyPluginAsyncTypebox<Services> = async (app, { orchestrator }) => {
  app.post('/api/v1/calculate', {
    schema: {
      tags: ['expressions'],
      operationId: 'submitExpression',
      summary: 'Submit an expression',
      description: 'With the header `Idempotency-Key`, sending the same body again returns the same id.',
      body: CalculateBody,
      response: {
        201: {
          ...Created,
          headers: { location: { type: 'string', description: 'The URL of the expression' } }
        },
        ...problems({
          413: 'The body is too large',
          415: 'The Content-Type is not application/json',
          422: 'The body or the expression is invalid; position and length say where',
          503: SUBMIT_UNAVAILABLE
        })
      }
    }
  }, async (request, reply) => {
    const { expression: source, variables } = detach(request, 'body')
    const idempotency = idempotencyOf(request, () => [source, sortedMembers(variables ?? {})])
    const work = { source, variables: variables ?? {} }
    const { id } = await orchestrator.calculate({ ...work, ...idempotency && { idempotency } })
    return reply.code(201).header('location', locationOf(request, app, `/api/v1/expressions/${id}`)).send({ id })
  })
}
