import type { FastifyReply } from 'fastify'
import type { Operations } from '../core/store.js'
import { nextPageOf, planViews } from './schemas/plan.js'
import { writeJsonSlices } from './reply/json-slices.js'

/** Sends a page of a plan as `PlanAnswer` describes it. */
export async function sendPlanPage (reply: FastifyReply, page: Operations): Promise<void> {
  const operations = await writeJsonSlices(page.tasks.length, (from, to) => planViews(page, from, to))
  const next = nextPageOf(page)
  const rest = next === null ? '' : `,"next":${next}`
  reply.type('application/json; charset=utf-8')
    .send(`{"total":${page.expression.operations.total},"operations":[${operations}]${rest}}`)
}
