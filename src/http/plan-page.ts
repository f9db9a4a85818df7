import type { FastifyReply } from 'fastify'
import type { Operations } from '../core/store.js'
import { nextOf, viewsOf } from './schemas/plan.js'
import { writeSlices } from './slices.js'

/** Sends a page of a plan as `PlanAnswer` describes it. */
export async function sendPlanPage (reply: FastifyReply, page: Operations): Promise<void> {
  const operations = await writeSlices(page.tasks.length, (from, to) => viewsOf(page, from, to))
  const next = nextOf(page)
  const rest = next === null ? '' : `,"next":${next}`
  reply.type('application/json; charset=utf-8')
    .send(`{"total":${page.expression.operations.total},"operations":[${operations}]${rest}}`)
}
