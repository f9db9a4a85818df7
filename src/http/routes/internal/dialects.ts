import type { FastifyInstance, FastifyRequest } from 'fastify'
import { isRecord } from '../../request/record.js'

/**
 * What agents in the wild expect beyond the contract; only with `DIALECTS=on`, and only in this file:
 *
 * - the task's members at the top level of the response too, and the names that some agents read (`args`, `expression`,
 *   `expId`) at both levels;
 * - a report whose members are written in any case, with `taskId` for `id`, wrapped in `task` or with the whole task
 *   around it, with a text as `error` or `msg`;
 * - GET /internal/ping, which some agents wait for before they start.
 */
export function speakDialects (app: FastifyInstance): void {
  app.addHook('preValidation', (request, _reply, done) => {
    if (isReport(request)) request.body = standardReport(request.body)
    done()
  })

  app.addHook('preSerialization', (request, reply, payload, done) => {
    if (request.method !== 'GET' || !isRecord(payload) || !isRecord(payload['task'])) return done(null, payload)
    const task = manyNames(payload['task'])
    // The route's serialiser would drop what the contract does not name.
    reply.serializer(JSON.stringify)
    done(null, { ...task, ...payload, task })
  })

  app.get('/internal/ping', { schema: { hide: true } }, async () => ({ status: 'ok' }))
}

function isReport ({ method, routeOptions: { url } }: FastifyRequest): boolean {
  return method === 'POST' && url?.endsWith('/internal/task') === true
}

/** The operand of an operation of one is `args`' first; its second is then 0, as `arg2` is. */
function manyNames (task: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const { arg1, arg2, expression_id: expression } = task
  return { ...task, args: [arg1, arg2], expression: String(expression), expId: expression }
}

/** The report in the form of the contract; what is no report stays unchanged, and is refused as usual. */
function standardReport (body: unknown): unknown {
  if (!isRecord(body) || 'results' in body) return body
  const outer = lowerCased(body)
  const members = isRecord(outer['task']) ? { ...outer, ...lowerCased(outer['task']) } : outer
  const { id = members['taskid'], result, lease, error, msg } = members
  const failure = standardError(error) ?? standardError(msg)
  return {
    ...id === undefined ? {} : { id },
    ...typeof lease === 'string' && lease !== '' ? { lease } : {},
    // Agents often send a result of 0 with a failure.
    ...failure === null ? { result } : { error: failure }
  }
}

/** The error of the contract for a text that is not empty; an object is in that form already. */
function standardError (error: unknown): unknown {
  if (isRecord(error)) return error
  if (typeof error !== 'string' || error === '') return null
  // The cut may have split a surrogate pair.
  return { code: 'operation_failed', message: error.slice(0, 1000).replace(/[\uD800-\uDBFF]$/, '') }
}

function lowerCased (value: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name.toLowerCase(), member]))
}
