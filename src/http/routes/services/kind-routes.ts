import type { FastifyPluginAsync, FastifyReply, FastifyRequest, onRequestHookHandler } from 'fastify'
import type { TSchema } from '@sinclair/typebox'
import { type Expression, isFinal } from '../../../core/expression.js'
import type { Times } from '../../../core/plan/draft.js'
import { moreField } from '../../errors.js'
import { idempotencyOf, usedMembers } from '../../request/idempotency.js'
import { detach } from '../../request/detach.js'
import { waitOptionsOf, preferredWait } from '../../request/wait-options.js'
import { WRONG_HOST, WRONG_ORIGIN } from '../../guard/refusals.js'
import { withDescription } from '../../schemas/common.js'
import { ExpressionParams, ExpressionQuery, retryAfter } from '../../schemas/expression.js'
import { SUBMIT_UNAVAILABLE, UNAVAILABLE } from '../../schemas/problem.js'
import { locationOf } from '../../prefix.js'
import type { Services } from '../../services.js'
import { type TaskKind, errorSchema } from '../../task-kind.js'

export interface KindRouteOptions extends Services {
  readonly kind: TaskKind
  /** Refuses pages of other origins; for GETs that change state. */
  readonly sameOrigin: onRequestHookHandler
}

/** The two routes of a kind of task: one creates tasks, one returns them. */
export const kindRoutes: FastifyPluginAsync<KindRouteOptions> = async (app, options) => {
  const { kind, orchestrator, throttle, sameOrigin } = options
  const { create, read } = kind
  const { methods = ['POST'], status = 201, from = 'body' } = create
  let times: Times | undefined

  async function submit (request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
    times ??= new Map(orchestrator.operations().map(({ symbol, timeMs }) => [symbol, timeMs]))
    const input = detach(request, from)
    const idempotency = idempotencyOf(request, () =>
      usedMembers(kind.kind, create.input, create.canonical === undefined ? input : create.canonical(input)))
    const expression = await orchestrator.submit(kind.kind, kind.work(input, times), idempotency)
    reply.code(status)
      .header('location', locationOf(request, app, read.path.replace(':id', String(expression.id))))
    // With a known key it may be completed already.
    noteRetrieval(expression, request, reply)
    return create.receiptOf === undefined ? read.recordOf(expression) : create.receiptOf(expression)
  }

  function noteRetrieval ({ id, status, retrievedAt }: Expression, { log }: FastifyRequest, reply: FastifyReply): void {
    if (!read.marksRetrieved || status !== 'completed' || retrievedAt !== null) return
    whenSent(reply, () => {
      orchestrator.retrieved(id).catch(err => throttle.log('retrieved', more =>
        log.warn({ err, id, ...moreField(more) }, 'Could not record that a result was retrieved')))
    })
  }

  app.addHook('onRequest', (_request, reply, next) => {
    reply.header('cache-control', 'no-store')
    next()
  })

  for (const method of methods) {
    app.route({
      method,
      url: create.path,
      ...method === 'GET' && { exposeHeadRoute: false, onRequest: sameOrigin },
      schema: createSchema(kind, method),
      handler: submit
    })
  }

  app.route<{ Params: { id: number }, Querystring: { wait?: number } }>({
    method: 'GET',
    url: read.path,
    ...read.marksRetrieved && { exposeHeadRoute: false, onRequest: sameOrigin },
    schema: readSchema(kind),
    async handler (request, reply) {
      const { params: { id }, query } = request
      const wait = waitOptionsOf(query.wait ?? preferredWait(request, reply), reply)
      const expression = await orchestrator.expression(id, wait, kind.kind)
      if (!isFinal(expression.status)) reply.header('retry-after', retryAfter(expression))
      noteRetrieval(expression, request, reply)
      return read.recordOf(expression)
    }
  })
}

function createSchema (kind: TaskKind, method: 'GET' | 'POST') {
  const { create, read, noun, service, errors } = kind
  const { status = 201, from = 'body', receipt = read.record } = create
  const name = nameOf(kind.kind)
  return {
    tags: [service],
    operationId: method === 'GET' ? `create${name}ByGet` : `create${name}`,
    summary: `Create ${withArticle(noun)}`,
    description: 'With the header `Idempotency-Key`, sending the same input again returns the same record.',
    [from]: create.input,
    response: {
      [status]: withDescription(`The ${noun} is stored; poll for its result`, receipt),
      ...errorResponses(kind, {
        ...WRONG_HOST,
        ...WRONG_ORIGIN,
        [errors.badInput ?? 422]: 'The input is invalid',
        413: 'The body is too large',
        415: 'The Content-Type is not application/json',
        503: SUBMIT_UNAVAILABLE
      })
    }
  }
}

function readSchema (kind: TaskKind) {
  const { read, noun, service, errors } = kind
  return {
    tags: [service],
    operationId: `get${nameOf(kind.kind)}`,
    summary: `Get the status of ${withArticle(noun)}`,
    description: 'With `?wait=SECONDS` or the header `Prefer: wait=SECONDS`, the response waits until the ' +
      `${noun} is completed or has failed, for at most that time.`,
    params: ExpressionParams,
    querystring: ExpressionQuery,
    response: {
      200: withDescription(`The current state of the ${noun}`, read.record),
      ...errorResponses(kind, {
        ...WRONG_HOST,
        ...read.marksRetrieved && WRONG_ORIGIN,
        [errors.badInput ?? 422]: 'The query is invalid',
        404: `No such ${noun}`,
        503: UNAVAILABLE
      })
    }
  }
}

function errorResponses (
  { kind, errors }: TaskKind, reasons: Readonly<Record<number, string>>
): Record<number, TSchema> {
  const schema = errorSchema(errors, `${nameOf(kind)}Error`)
  return Object.fromEntries(Object.entries(reasons).map(([code, reason]) => [code, withDescription(reason, schema)]))
}

/** The name of a kind in CamelCase: `io-task` becomes `IoTask`. */
function nameOf (kind: string): string {
  return kind.split('-').map(word => word.charAt(0).toUpperCase() + word.slice(1)).join('')
}

function withArticle (noun: string): string {
  return `${/^[aeiou]/.test(noun) ? 'an' : 'a'} ${noun}`
}

/** Calls back when the complete response was sent, unless it is an error. */
function whenSent (reply: FastifyReply, act: () => void): void {
  reply.raw.once('finish', () => {
    if (reply.statusCode < 300) act()
  })
}
