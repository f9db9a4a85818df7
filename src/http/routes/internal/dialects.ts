import type { FastifyInstance, FastifyRequest } from 'fastify'
import { isRecord } from '../../request/record.js'

/**
 * What existing agents for the plain contract expect beyond it; only with `DIALECTS=on`, and only here:
 *
 * - the task's members also at the top level of the answer, and the names that some agents read (`args`, `expression`,
 *   `expId`) at both levels;
 * - reports with members in any case, with `taskId` for `id`, wrapped in `task` or with the whole task around them, and
 *   with a text as `error` or `msg`;
 * - GET /internal/ping, for which some agents wait before they begin.
 */
export function speakDialects (app: FastifyInstance): void {
  app.addHook('preValidation', (request, _reply, done) => {
    if (isReport(request)) request.body = toPlainReport(request.body)
    done()
  })

  app.addHook('preSerialization', (request, reply, payload, done) => {
    if (request.method !== 'GET' || !isRecord(payload) || !isRecord(payload['task'])) return done(null, payload)
    const task = withOtherNames(payload['task'])
    // Not the route's serialiser, which writes only the members of the contract.
    reply.serializer(JSON.stringify)
    done(null, { ...task, ...payload, task })
  })

  app.get('/internal/ping', { schema: { hide: true } }, async () => ({ status: 'ok' }))
}

function isReport ({ method, routeOptions: { url } }: FastifyRequest): boolean {
  return method === 'POST' && url?.endsWith('/internal/task') === true
}

/** Of an operation with one operand, the second of `args` is 0, as is `arg2`. */
function withOtherNames (task: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const { arg1, arg2, expression_id: expression } = task
  return { ...task, args: [arg1, arg2], expression: String(expression), expId: expression }
}

/** The report in the contract's form. A body that is not a report stays as it is, and the route refuses it. */
function toPlainReport (body: unknown): unknown {
  if (!isRecord(body) || 'results' in body) return body
  const outer = lowerCased(body)
  const members = isRecord(outer['task']) ? { ...outer, ...lowerCased(outer['task']) } : outer
  const { id = members['taskid'], result, lease, error, msg } = members
  const failure = standardError(error) ?? standardError(msg)
  return {
    ...id === undefined ? {} : { id },
    ...typeof lease === 'string' && lease !== '' ? { lease } : {},
    // Agents that report a failure often send a result of 0 with it.
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
