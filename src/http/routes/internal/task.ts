import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { NO_WAIT } from '../../../core/orchestrator/waiters.js'
import type { ClaimedTask, Outcome, Report } from '../../../core/store.js'
import { waitOptionsOf } from '../../request/wait-options.js'
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
export const taskRoutes: FastifyPluginAsyncTypebox<AgentServices> = async (app, services) => {
  const { orchestrator, form, isOwn } = services
  const claimOf = createClaimReader()
  const undo = createClaimUndo(app, services)

  function claimView (tasks: readonly ClaimedTask[], isBatch: boolean): { task: TaskView, tasks?: TaskView[] } {
    if (!isBatch) return { task: form.view(tasks[0]!) }
    const views = tasks.map(form.view)
    return { task: views[0]!, tasks: views }
  }

  /** The outcome of one report as members of the response, of a list as `results`. */
  function reportView (reports: Reports, outcomes: readonly Outcome[]): ReportAnswer {
    if ('one' in reports) return acceptanceOf(reports.one.task, outcomes[0])
    let next = 0
    return {
      results: reports.many.map(item => ({
        id: item.task === null ? null : form.idOf(item.task),
        ...isInvalid(item) ? rejection(item.invalid) : acceptanceOf(item.task, outcomes[next++])
      }))
    }
  }

  app.get('/internal/task', {
    // A HEAD would claim a task and not return it.
    exposeHeadRoute: false,
    schema: {
      tags: ['agents'],
      operationId: 'claimTask',
      summary: 'Claim a task, or a batch',
      description: 'The tasks are leased to the agent. If the connection closes before the response is sent, they ' +
        'are released.',
      querystring: ClaimQuery,
      response: {
        200: taskAnswer(form),
        404: Empty('No task for this agent; the body is empty'),
        ...problems({ 422: 'The query is invalid', 503: UNAVAILABLE })
      }
    }
  }, async (request, reply) => {
    const { wait = 0, max } = request.query
    const claim = withAddress(claimOf(request.query, isOwn(request.raw)), request)
    const tasks = await orchestrator.claim(claim, waitOptionsOf(wait, reply))
    reply.header('cache-control', 'no-store')
    if (tasks.length === 0) return reply.code(404).send()
    undo.track(reply, tasks)
    return claimView(tasks, max !== undefined)
  })

  app.post('/internal/task', {
    schema: {
      tags: ['agents'],
      operationId: 'reportResults',
      summary: 'Report results or errors, and optionally claim the next tasks',
      description: 'One report, or a list in `results`: the response to a list is always 200 and has the outcome of ' +
        'each report. With `next=1`, the response also has the next tasks, and is always 200; it waits for tasks ' +
        '(`wait`) only when all reports were accepted.',
      querystring: ReportQuery,
      body: ReportBody,
      response: {
        200: reportAnswer(form),
        ...problems({
          404: 'No such task, or its operands are not known yet',
          409: 'An error whose lease has been superseded',
          413: 'The body is too large',
          415: 'The Content-Type is not application/json',
          422: 'The query, the body or the result is invalid',
          503: UNAVAILABLE
        })
      }
    }
  }, async (request, reply) => {
    const { query } = request
    const reports = readReports(request.body)
    const valid = validReports(reports)
    if (query.next !== 1) {
      const agent = withAddress({ agent: query.agent ?? null, instance: query.instance ?? null }, request)
      const { outcomes } = await orchestrator.report(valid, undefined, NO_WAIT, agent)
      if ('one' in reports) {
        const error = reportError(reports.one.task, outcomes[0])
        if (error !== null) throw error
      }
      return reportView(reports, outcomes)
    }

    // The sender of an invalid report is answered at once.
    const areValid = 'one' in reports || valid.length === reports.many.length
    const wait = areValid ? waitOptionsOf(query.wait ?? 0, reply) : NO_WAIT
    const next = withAddress(claimOf(query, isOwn(request.raw)), request)
    const { outcomes, claimed } = await orchestrator.report(valid, next, wait)
    reply.header('cache-control', 'no-store')
    const answer = reportView(reports, outcomes)
    const isBatch = query.max !== undefined
    if (claimed.length === 0) return { ...answer, task: null, ...isBatch ? { tasks: [] } : {} }
    undo.track(reply, claimed)
    return { ...answer, ...claimView(claimed, isBatch) }
  })
}

function validReports (reports: Reports): readonly Report[] {
  return 'one' in reports ? [reports.one] : reports.many.filter((item): item is Report => !isInvalid(item))
}
