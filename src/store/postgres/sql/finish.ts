import { boolean } from '../fields.js'
import { statement } from '../statement.js'
import { CHANGED, revised, withEnded } from './fragments.js'

/**
 * Ends an open expression without a result and drops its unfinished tasks, as `core/queue/finish.ts` does. Tasks are
 * locked before the expression, as everywhere; while they are locked, the number of completed ones cannot change.
 */
export const finish = statement('finish', {
  expression: 'bigint',
  status: 'longhand.expression_status',
  error_code: 'text',
  error_message: 'text',
  // The operation that the expression failed at; null when no operation is to blame.
  failed_task: 'bigint',
  // What an agent reported of that operation, where that is not the message.
  reported: 'text',
  // Condition, unless null: this task is overdue and its deadline has passed.
  overdue_task: 'bigint',
  // Condition, unless null: the expression has been running for this long, in ms.
  timeout_ms: 'float8'
}, { known: boolean, finished: boolean }, `
WITH target AS MATERIALIZED (
  SELECT first_task, operations, finished_order FROM longhand.expression WHERE id = $expression
), locked AS MATERIALIZED (
  SELECT t.id, t.state, t.deadline FROM longhand.task t
  WHERE t.id >= (SELECT first_task FROM target WHERE finished_order IS NULL)
    AND t.id < (SELECT first_task + operations FROM target) AND t.state <> 'completed'
  ORDER BY t.id FOR NO KEY UPDATE
), unfinished AS MATERIALIZED (
  SELECT count(*) AS tasks, count(*) FILTER (
    WHERE id = $overdue_task AND state = 'overdue' AND deadline <= $tick) AS late
  FROM locked
), closing AS MATERIALIZED (
  SELECT e.id FROM longhand.expression e
  WHERE e.id = $expression AND e.finished_order IS NULL
    AND ($overdue_task IS NULL OR (SELECT late FROM unfinished) = 1)
    AND ($timeout_ms IS NULL OR e.running_from + $timeout_ms <= $tick)
    AND (SELECT tasks FROM unfinished) > 0
  FOR NO KEY UPDATE
), dropped AS (
  UPDATE longhand.task t
  SET state = CASE WHEN t.id = $failed_task THEN 'failed' ELSE 'dropped' END::longhand.task_state, lease = NULL,
    deadline = NULL, ${CHANGED},
    ended_attempts = CASE
      WHEN t.state <> 'leased' THEN t.ended_attempts
      WHEN t.id = $failed_task THEN ${withEnded("'failed'", 'coalesce($reported, $error_message)')}
      ELSE ${withEnded("'cancelled'")}
    END
  FROM locked d WHERE t.id = d.id AND EXISTS (SELECT FROM closing)
), ended AS (
  UPDATE longhand.expression e
  SET status = $status, error_code = $error_code, error_message = $error_message, failed_task = $failed_task,
    finished_at = $at,
    finished_order = nextval('longhand.finished_order'), completed = e.operations - (SELECT tasks FROM unfinished),
    ${CHANGED}
  FROM closing c WHERE e.id = c.id
), unscheduled AS (
  DELETE FROM longhand.schedule WHERE expression = ANY (ARRAY(SELECT id FROM closing))
), ${revised('EXISTS (SELECT FROM closing)')}
SELECT EXISTS (SELECT FROM target) AS known, EXISTS (SELECT FROM closing) AS finished
`)
