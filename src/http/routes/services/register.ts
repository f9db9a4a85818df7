import type { FastifyPluginCallback, FastifyReply, FastifyRequest, onRequestHookHandler } from 'fastify'
import type { TSchema } from '@sinclair/typebox'
import { type Expression, isFinal } from '../../../core/expression.js'
import type { Times } from '../../../core/plan/draft.js'
import { counted } from '../../errors.js'
import { idempotencyOf, meantBy } from '../../idempotency.js'
import { takeInput } from '../../input.js'
import { waitOptionsOf, preferredWait } from '../../wait-options.js'
import { WRONG_HOST, WRONG_ORIGIN } from '../../guard/refusals.js'
import { answer } from '../../schemas/common.js'
import { ExpressionParams, ExpressionQuery, retryAfter } from '../../schemas/expression.js'
import { AWAY } from '../../schemas/problem.js'
import { prefixOf } from '../../prefix.js'
import type { Services } from '../../services.js'
import { type TaskKind, errorSchema } from '../../task-kind.js'

/** The routes of one kind of task. */
export interface PairOptions extends Services {
  readonly kind: TaskKind
  /** Refuses pages of other origins, for GETs that change state. */
  readonly sameOrigin: onRequestHookHandler
}

/** Registers the pair of routes that a kind of task is: the one that creates, and the one that shows. */
export const pairRoutes: FastifyPluginCallback<PairOptions> = (app, options, done) => {
  const { kind, orchestrator, throttle, sameOrigin } = options
  const { create, read, noun, service, errors } = kind
  const { methods = ['POST'], status = 201, from = 'body', receipt = read.record } = create
  let times: Times | undefined
  const name = nameOf(kind.kind)
  const error = errorSchema(errors, `${name}Error`)

  function errorAnswers (reasons: Readonly<Record<number, string>>): Record<number, TSchema> {
    return Object.fromEntries(Object.entries(reasons).map(([code, reason]) => [code, answer(reason, error)]))
  }

  async function submit (request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
    times ??= new Map(orchestrator.operations().map(({ symbol, timeMs }) => [symbol, timeMs]))
    const input = takeInput(request, from)
    const idempotency = idempotencyOf(request, () =>
      meantBy(kind.kind, create.input, create.canonical === undefined ? input : create.canonical(input)))
    const expression = await orchestrator.submit(kind.kind, kind.work(input, times), idempotency)
    reply.code(status)
      .header('location', `${prefixOf(request, app)}${read.path.replace(':id', String(expression.id))}`)
    // It may be an old one, whose key came again.
    noteFetched(expression, request, reply)
    return create.receiptOf === undefined ? read.recordOf(expression) : create.receiptOf(expression)
  }

  function noteFetched ({ id, status, retrievedAt }: Expression, { log }: FastifyRequest, reply: FastifyReply): void {
    if (!read.isRemembered || status !== 'completed' || retrievedAt !== null) return
    whenSent(reply, () => {
      orchestrator.retrieved(id).catch(err => throttle.log('retrieved', more =>
        log.warn({ err, id, ...counted(more) }, 'Could not record that a result was retrieved')))
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
      schema: {
        tags: [service],
        operationId: method === 'GET' ? `create${name}ByGet` : `create${name}`,
        summary: `Create ${withArticle(noun)}`,
        description: 'With the header `Idempotency-Key`, what is sent again gets the record of the first time.',
        [from]: create.input,
        response: {
          [status]: answer(`The ${noun} is kept; poll for its result`, receipt),
          ...errorAnswers({
            ...WRONG_HOST,
            ...WRONG_ORIGIN,
            [errors.badInput ?? 422]: 'What was sent is not acceptable',
            413: 'The body is too large',
            415: 'The body is of another media type than JSON',
            503: 'Draining, too much unfinished work, or nothing can be kept; Retry-After says when to try again'
          })
        }
      },
      handler: submit
    })
  }

  app.route<{ Params: { id: number }, Querystring: { wait?: number } }>({
    method: 'GET',
    url: read.path,
    ...read.isRemembered && { exposeHeadRoute: false, onRequest: sameOrigin },
    schema: {
      tags: [service],
      operationId: `get${name}`,
      summary: `Show how ${withArticle(noun)} stands`,
      description: 'With `?wait=SECONDS` or the header `Prefer: wait=SECONDS` the answer is held back until nothing ' +
        'changes any more, or the time is over.',
      params: ExpressionParams,
      querystring: ExpressionQuery,
      response: {
        200: answer(`The ${noun} as it stands`, read.record),
        ...errorAnswers({
          ...WRONG_HOST,
          ...read.isRemembered && WRONG_ORIGIN,
          [errors.badInput ?? 422]: 'The query is not acceptable',
          404: `There is no such ${noun}`,
          503: AWAY
        })
      }
    },
    async handler (request, reply) {
      const { params: { id }, query } = request
      const patience = waitOptionsOf(query.wait ?? preferredWait(request, reply), reply)
      const expression = await orchestrator.expression(id, patience, kind.kind)
      if (!isFinal(expression.status)) reply.header('retry-after', retryAfter(expression))
      noteFetched(expression, request, reply)
      return read.recordOf(expression)
    }
  })
  done()
}

/** Of a kind, in names: `io-task` is `IoTask`. */
function nameOf (kind: string): string {
  return kind.split('-').map(word => word.charAt(0).toUpperCase() + word.slice(1)).join('')
}

function withArticle (noun: string): string {
  return `${/^[aeiou]/.test(noun) ? 'an' : 'a'} ${noun}`
}

/** Calls back when the answer has left whole, and was no error. */
function whenSent (reply: FastifyReply, act: () => void): void {
  reply.raw.once('finish', () => {
    if (reply.statusCode < 300) act()
  })
}
