import type { FastifyInstance, FastifyRequest } from 'fastify'

/**
 * What agents that people have written for the plain contract expect beyond it; only with
 * `DIALECTS=on`, and only here:
 *
 * - the task's members at the top level of the answer too, and the names that some agents look for
 *   (`args`, `expression`, `expId`) at both levels;
 * - a report whose members are written in any case, with `taskId` for `id`, wrapped in `task` or
 *   with the whole task around it, with a text as `error` or `msg`;
 * - GET /internal/ping, which some agents wait for before they begin.
 */
export function speakDialects (app: FastifyInstance): void {
  app.addHook('preValidation', (request, _reply, done) => {
    if (isReport(request)) request.body = plainReport(request.body)
    done()
  })

  app.addHook('preSerialization', (request, reply, payload, done) => {
    if (request.method !== 'GET' || !isRecord(payload) || !isRecord(payload['task'])) return done(null, payload)
    const task = manyNames(payload['task'])
    // Not the route's serialiser: it writes what the contract names.
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

/** The report that is meant, in the contract's words; what is none stays as it is, and is refused as usual. */
function plainReport (body: unknown): unknown {
  if (!isRecord(body) || 'results' in body) return body
  const outer = lowerCased(body)
  const members = isRecord(outer['task']) ? { ...outer, ...lowerCased(outer['task']) } : outer
  const { id = members['taskid'], result, lease, error, msg } = members
  const failure = failureOf(error) ?? failureOf(msg)
  return {
    ...id === undefined ? {} : { id },
    ...typeof lease === 'string' && lease !== '' ? { lease } : {},
    // Whoever reports a failure often sends a result of 0 with it.
    ...failure === null ? { result } : { error: failure }
  }
}

/** A text that is not empty means that the task failed; an object is the contract's own form. */
function failureOf (error: unknown): unknown {
  if (isRecord(error)) return error
  if (typeof error !== 'string' || error === '') return null
  // A pair that the cut has halved is no text.
  return { code: 'operation_failed', message: error.slice(0, 1000).replace(/[\uD800-\uDBFF]$/, '') }
}

function lowerCased (value: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name.toLowerCase(), member]))
}

function isRecord (value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
