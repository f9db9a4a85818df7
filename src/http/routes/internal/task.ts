import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox'
import { NO_WAIT } from '../../../core/orchestrator/waiters.js'
import type { ClaimedTask, Outcome, Report } from '../../../core/store.js'
import { waitOptionsOf } from '../../wait-options.js'
import { Empty } from '../../schemas/common.js'
import { UNAVAILABLE, problems } from '../../schemas/problem.js'
import { type ReportAnswer, ReportBody, reportAnswer } from '../../schemas/report.js'
import { ClaimQuery, ReportQuery, type TaskView, taskAnswer } from '../../schemas/task.js'
import type { AgentServices } from '../../services.js'
import { withAddress } from './address.js'
import { createClaimReader } from './claim.js'
import { type Reports, acceptanceOf, isInvalid, readReports, reportError, rejection } from './reports.js'
import { createClaimUndo } from './undo-claims.js'

/** The hot path: one request for each batch of operations, or two for each operation. */
export const taskRoutes: FastifyPluginCallbackTypebox<AgentServices> = (app, services, done) => {
  const { orchestrator, form, isOwn } = services
  const claimOf = createClaimReader()
  const undo = createClaimUndo(app, services)

  function viewOf (tasks: readonly ClaimedTask[], isBatch: boolean): { task: TaskView, tasks?: TaskView[] } {
    if (!isBatch) return { task: form.view(tasks[0]!) }
    const views = tasks.map(form.view)
    return { task: views[0]!, tasks: views }
  }

  /** What became of the reports: of one, as its only members. */
  function answerOf (reports: Reports, outcomes: readonly Outcome[]): ReportAnswer {
    if ('one' in reports) return acceptanceOf(reports.one.task, outcomes[0])
    let next = 0
    return {
      results: reports.many.map(item => ({
        id: item.task === null ? null : form.idOf(item.task),
        ...isInvalid(item) ? rejection(item.error) : acceptanceOf(item.task, outcomes[next++])
      }))
    }
  }

  app.get('/internal/task', {
    // HEAD would claim a task and show it to nobody.
    exposeHeadRoute: false,
    schema: {
      tags: ['agents'],
      operationId: 'claimTask',
      summary: 'Claim a task, or a batch',
      description: 'The tasks are leased to the agent. When the connection breaks before the answer is written, the ' +
        'claim is undone.',
      querystring: ClaimQuery,
      response: {
        200: taskAnswer(form),
        404: Empty('There is no task for this agent; the body is empty'),
        ...problems({ 422: 'The query is not acceptable', 503: UNAVAILABLE })
      }
    }
  }, async (request, reply) => {
    const { wait = 0, max } = request.query
    const claim = withAddress(claimOf(request.query, isOwn(request.raw)), request)
    const tasks = await orchestrator.claim(claim, waitOptionsOf(wait, reply))
    reply.header('cache-control', 'no-store')
    if (tasks.length === 0) return reply.code(404).send()
    undo.track(reply, tasks)
    return viewOf(tasks, max !== undefined)
  })

  app.post('/internal/task', {
    schema: {
      tags: ['agents'],
      operationId: 'reportResults',
      summary: 'Report results or errors, and claim what is next',
      description: 'One report, or a list in `results`: an answer to a list is always 200 and says of each item what ' +
        'became of it. With `next=1` the next tasks come with the answer, which then is always 200 too; it is held ' +
        'back for `wait` only when all reports were accepted.',
      querystring: ReportQuery,
      body: ReportBody,
      response: {
        200: reportAnswer(form),
        ...problems({
          404: 'There is no such task, or its operands are not known yet',
          409: 'An error with a lease that is no longer the current one',
          413: 'The body is too large',
          415: 'The body is of another media type than JSON',
          422: 'The query, the body or the result is not acceptable',
          503: 'Nothing can be kept right now; Retry-After says when to try again'
        })
      }
    }
  }, async (request, reply) => {
    const { query } = request
    const reports = readReports(request.body)
    const settling = settlingOf(reports)
    if (query.next !== 1) {
      const who = withAddress({ agent: query.agent ?? null, instance: query.instance ?? null }, request)
      const { outcomes } = await orchestrator.report(settling, undefined, NO_WAIT, who)
      if ('one' in reports) {
        const refusal = reportError(reports.one.task, outcomes[0])
        if (refusal !== null) throw refusal
      }
      return answerOf(reports, outcomes)
    }

    // Whoever sent something wrong is to learn it at once.
    const isWhole = 'one' in reports || settling.length === reports.many.length
    const patience = isWhole ? waitOptionsOf(query.wait ?? 0, reply) : NO_WAIT
    const next = withAddress(claimOf(query, isOwn(request.raw)), request)
    const { outcomes, claimed } = await orchestrator.report(settling, next, patience)
    reply.header('cache-control', 'no-store')
    const answer = answerOf(reports, outcomes)
    const isBatch = query.max !== undefined
    if (claimed.length === 0) return { ...answer, task: null, ...isBatch ? { tasks: [] } : {} }
    undo.track(reply, claimed)
    return { ...answer, ...viewOf(claimed, isBatch) }
  })
  done()
}

/** The reports that can be handed on. */
function settlingOf (reports: Reports): readonly Report[] {
  return 'one' in reports ? [reports.one] : reports.many.filter((item): item is Report => !isInvalid(item))
}
