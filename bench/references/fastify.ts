/**
 * A process with a bare Fastify: the routes of the API with their schemas, and nothing behind them. It shows the cost
 * of HTTP alone.
 */
import type { AddressInfo } from 'node:net'
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import Fastify from 'fastify'
import { CalculateBody, Created, ExpressionAnswer } from '../../src/http/schemas/expression.js'

const app = Fastify().withTypeProvider<TypeBoxTypeProvider>()
const EFFORT = { work_ms: 3000, span_ms: 3000, parallelism: 1 }
let lastId = 0

app.post('/api/v1/calculate', {
  schema: { body: CalculateBody, response: { 201: Created } }
}, async (_request, reply) => {
  const id = ++lastId
  return reply.code(201).header('location', `/api/v1/expressions/${id}`).send({ id })
})

app.get('/api/v1/expressions/:id', { schema: { response: { 200: ExpressionAnswer } } }, async () => ({
  expression: {
    id: 1,
    status: 'completed' as const,
    result: 6,
    expression: '2+2*2',
    created_at: '2026-01-31T12:00:00.000Z',
    operations: { total: 2, completed: 2 },
    plan: { ...EFFORT, before: EFFORT }
  }
}))

await app.listen({ host: '127.0.0.1', port: 0 })
process.stdout.write(`listening on http://127.0.0.1:${(app.server.address() as AddressInfo).port}\n`)
