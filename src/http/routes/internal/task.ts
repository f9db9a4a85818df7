import type { ServerResponse } from 'node:http'
import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox'
import { domainError } from '../../../core/errors.js'
import { BASIC_SYMBOLS, OPERATIONS } from '../../../core/operations.js'
import type { LeaseRef, Report } from '../../../core/store.js'
import { patienceOf } from '../../patience.js'
import { Empty } from '../../schemas/common.js'
import { problems } from '../../schemas/problem.js'
import { ClaimQuery, ReportAnswer, ReportBody, TaskAnswer, taskView } from '../../schemas/task.js'
import type { Services } from '../../services.js'

/** How many spellings of `?operations=` are remembered; agents of one kind all send the same. */
const REMEMBERED_LISTS = 100

/** No other attempt would come to another end, so an agent need not say that it is final. */
const ARITHMETIC: ReadonlySet<string> = new Set(['division_by_zero', 'domain_error', 'result_out_of_range'])

/** The hot path: two requests for each operation. */
export const taskRoutes: FastifyPluginCallbackTypebox<Services> = (app, { orchestrator }, done) => {
  const symbolsOf = createSymbolReader()
  /** The lease that an answer carries, until the answer is handed to the system. */
  const carried = new WeakMap<ServerResponse, LeaseRef>()

  /** Takes a claim back whose answer did not leave; if that fails, the lease ends by itself. */
  function release (lease: LeaseRef): void {
    orchestrator.release([lease]).catch((err: unknown) => app.log.warn({ err, lease }, 'A claim was not undone'))
  }

  function noteSent (this: ServerResponse): void {
    carried.delete(this)
  }

  function releaseUnsent (this: ServerResponse): void {
    const lease = carried.get(this)
    if (lease !== undefined) release(lease)
  }

  app.get('/internal/task', {
    // HEAD would claim a task and show it to nobody.
    exposeHeadRoute: false,
    schema: {
      tags: ['agents'],
      summary: 'Claim a task',
      description: 'The task is leased to the agent. When the connection breaks before the answer is written, the ' +
        'claim is undone.',
      querystring: ClaimQuery,
      response: {
        200: TaskAnswer,
        404: Empty('There is no task for this agent; the body is empty'),
        ...problems({ 422: 'The query is not acceptable' })
      }
    }
  }, async (request, reply) => {
    const { wait = 0, agent = null, operations } = request.query
    const claim = { agent, symbols: operations === undefined ? BASIC_SYMBOLS : symbolsOf(operations), max: 1 }
    // Without patience first: a busy agent always finds work at once, and patience costs listeners.
    let [task] = await orchestrator.claim(claim)
    if (task === undefined && wait > 0) [task] = await orchestrator.claim(claim, patienceOf(wait, reply))

    reply.header('cache-control', 'no-store')
    if (task === undefined) return reply.code(404).send()
    const lease = { task: task.id, lease: task.lease }
    if (reply.raw.destroyed) {
      release(lease)
    } else {
      carried.set(reply.raw, lease)
      reply.raw.on('finish', noteSent).on('close', releaseUnsent)
    }
    return { task: taskView(task) }
  })

  app.post('/internal/task', {
    schema: {
      tags: ['agents'],
      summary: 'Report a result or an error',
      body: ReportBody,
      response: {
        200: ReportAnswer,
        ...problems({
          404: 'There is no such task, or its operands are not known yet',
          409: 'An error with a lease that is no longer the current one',
          413: 'The body is too large',
          415: 'The body is of another media type than JSON',
          422: 'The body or the result is not acceptable',
          503: 'Nothing can be kept right now; Retry-After says when to try again'
        })
      }
    }
  }, async request => {
    const report = reportOf(request.body)
    const { outcomes: [outcome] } = await orchestrator.report([report])
    if (outcome === 'unknown') throw domainError('task_unknown', { id: report.task })
    if (outcome === 'superseded') throw domainError('lease_superseded', { id: report.task })
    return { accepted: outcome === 'accepted' }
  })
  done()
}

/** Reads `?operations=`: names that the table does not have are passed over. */
function createSymbolReader (): (list: string) => readonly string[] {
  const known = new Map<string, readonly string[]>()
  return list => {
    const remembered = known.get(list)
    if (remembered !== undefined) return remembered
    // A plus that is not escaped reads as a space in a query.
    const symbols = list.split(',').map(name => name === ' ' ? '+' : name.trim()).filter(name => OPERATIONS.has(name))
    if (known.size < REMEMBERED_LISTS) known.set(list, symbols)
    return symbols
  }
}

/** @throws `result_invalid` unless there is either a result or an error. */
function reportOf ({ id, result, error, ...rest }: ReportBody): Report {
  const task = Number(id)
  const lease = rest.lease ?? null
  if (result !== undefined && error === undefined) {
    // −0 + 0 is 0.
    return { task, lease, result: result + 0 }
  }
  if (error === undefined || result !== undefined) {
    throw domainError('result_invalid', { reason: 'there must be either "result" or "error"' })
  }
  const { code, message, retryable = !ARITHMETIC.has(code) } = error
  return { task, lease, error: { code, message, retryable } }
}
