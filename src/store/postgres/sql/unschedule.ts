import { integer } from '../fields.js'
import { statement } from '../statement.js'

/** Locks scheduled expressions that seem to have no ready work, except those that another transaction gives some. */
export const lockIdle = statement('lock_idle', { expressions: 'bigint[]' }, { expression: integer }, `
SELECT s.expression FROM longhand.schedule s
WHERE s.expression = ANY ($expressions) AND NOT EXISTS (
  SELECT FROM longhand.task t WHERE t.expression = s.expression AND t.state = 'ready')
ORDER BY s.expression FOR UPDATE SKIP LOCKED
`)

/**
 * Removes expressions without ready work from the schedule, of those that `lockIdle` has locked. A statement of its
 * own, so that it sees what became ready before the locks; nothing can become ready behind them.
 */
export const unschedule = statement('unschedule', { expressions: 'bigint[]' }, {}, `
DELETE FROM longhand.schedule s
WHERE s.expression = ANY ($expressions) AND NOT EXISTS (
  SELECT FROM longhand.task t WHERE t.expression = s.expression AND t.state = 'ready')
`)

/** Scheduled expressions without ready work, which servers that were killed have left. */
export const findIdle = statement('find_idle', { most: 'integer' }, { expression: integer }, `
SELECT s.expression FROM longhand.schedule s
WHERE NOT EXISTS (SELECT FROM longhand.task t WHERE t.expression = s.expression AND t.state = 'ready')
LIMIT $most
`)
