import { each, failedOperationColumns, float, integer, nullable, taskState, text } from '../fields.js'
import { statement } from '../statement.js'
import { CHANGED, FAILED_OPERATION, withEnded } from './fragments.js'

/** Tasks whose deadline has passed, the earliest first. */
export const dueTasks = statement('due_tasks', { most: 'integer' }, {
  ...each(integer, 'id', 'expression', 'attempts', 'deadline_order'),
  state: taskState,
  agent: nullable(text),
  deadline: float,
  ...failedOperationColumns
}, `
SELECT t.id, t.expression, t.state, t.attempts, t.agent, ${FAILED_OPERATION}, t.deadline, t.deadline_order
FROM longhand.task t WHERE deadline <= $tick ORDER BY deadline, deadline_order LIMIT $most
`)

/** Open expressions whose time is over, the earliest first; none when `timeout_ms` is null. */
export const dueExpressions = statement('due_expressions', { timeout_ms: 'float8', most: 'integer' }, {
  expression: integer, deadline: float, deadline_order: integer
}, `
SELECT id AS expression, running_from + $timeout_ms AS deadline, deadline_order
FROM longhand.expression
WHERE finished_order IS NULL AND running_from <= $tick - $timeout_ms
ORDER BY running_from, deadline_order LIMIT $most
`)

/** In how many ms the next deadline is due; null when there is none. */
export const nextDeadline = statement('next_deadline', { timeout_ms: 'float8' }, { ms: nullable(float) }, `
SELECT least(
  (SELECT deadline FROM longhand.task WHERE deadline IS NOT NULL ORDER BY deadline LIMIT 1),
  (SELECT running_from + $timeout_ms FROM longhand.expression
    WHERE finished_order IS NULL AND running_from IS NOT NULL ORDER BY running_from LIMIT 1)
) - $tick AS ms
`)

/**
 * leased → overdue, for leases that ended with the attempts spent (`decideDeadline` of `core/queue/decisions.ts`): a
 * late result counts for one more lease.
 */
export const suspend = statement('suspend', { tasks: 'bigint[]', attempts_limit: 'integer' }, { id: integer }, `
WITH locked AS MATERIALIZED (
  SELECT id FROM longhand.task
  WHERE id = ANY ($tasks) AND state = 'leased' AND attempts >= $attempts_limit AND deadline <= $tick
  ORDER BY id FOR NO KEY UPDATE
), numbered AS (
  SELECT id, nextval('longhand.deadline_order') AS deadline_order FROM (
    SELECT t.id FROM unnest($tasks) WITH ORDINALITY AS r (id, ordinal) JOIN locked t ON t.id = r.id ORDER BY r.ordinal
  ) ordered
)
UPDATE longhand.task t
SET state = 'overdue', lease = NULL, updated_at = $at, deadline = $tick + t.lease_ms, deadline_order = n.deadline_order,
  ended_attempts = ${withEnded("'expired'")}, ${CHANGED}
FROM numbered n WHERE t.id = n.id
RETURNING t.id
`)
