import { Type } from '@sinclair/typebox'
import type { Expression } from '../../core/expression.js'
import type { ExpressionChanges } from '../../core/store.js'
import type { ListNews } from '../../core/orchestrator/feeds.js'
import { agentView, unservedViews } from './agent.js'
import { timestamp } from './common.js'
import { expressionView, listEntry } from './expression.js'
import { planViews } from './plan.js'

export const EVENT_STREAM = 'text/event-stream'

/** The id of the last event of a stream. A follower that comes back with it has everything. */
export const END_ID = 'end'

/** Longer than any cursor. */
const MAX_CURSOR = 4_096

export const EventsQuery = Type.Object({
  after: Type.Optional(Type.String({
    maxLength: MAX_CURSOR,
    description: 'The id of the last event that the client has; the header Last-Event-ID takes precedence'
  }))
})

export const EventsAnswer = {
  description: 'Server-sent events. Each has an id, from which a client can resume, and its data is one line of JSON.',
  content: { [EVENT_STREAM]: { schema: { type: 'string', examples: ['event: start\nid: a:1\ndata: {…}\n\n'] } } }
}

/**
 * The data of an event of an expression. Only a start has the text and the plan, which never change and may be long.
 *
 * @param now ms since the epoch
 */
export function expressionEvent (changes: ExpressionChanges, now: number): object {
  const { expression, operations, isComplete, isStart } = changes
  return {
    now: timestamp(now),
    ...expression !== null && { expression: isStart ? expressionView(expression) : progressOf(expression) },
    ...operations.tasks.length > 0 && { operations: planViews(operations, 0, operations.tasks.length) },
    ...!isComplete && { more: true }
  }
}

function progressOf (known: Expression): object {
  const { expression, plan, ...progress } = expressionView(known)
  return progress
}

/** The data of an event of the list. @param now ms since the epoch */
export function listEvent ({ expressions, deleted, agents, isComplete }: ListNews, now: number): object {
  return {
    now: timestamp(now),
    ...expressions.length > 0 && { expressions: expressions.map(listEntry) },
    ...deleted.length > 0 && { deleted },
    ...agents !== null && {
      ...(agents.isAll || agents.changed.length > 0) && { agents: agents.changed.map(agentView) },
      ...agents.isAll && { all_agents: true },
      ...agents.removed.length > 0 && { removed_agents: agents.removed },
      ...agents.unserved !== null && { unserved: unservedViews(agents.unserved) }
    },
    ...!isComplete && { more: true }
  }
}
