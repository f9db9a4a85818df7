import { Type } from '@sinclair/typebox'
import {
  boolean, each, endedAttempts, failedOperationColumns, float, integer, nullable, outcomes, symbols, taskState, text
} from '../fields.js'
import { statement } from '../statement.js'
import { CHANGED, FAILED_OPERATION, revised, scheduled } from './fragments.js'

/**
 * Takes results, each of another task, as `decideReport` (`core/queue/decisions.ts`) decides on one, with all that
 * follows: operands are filled in, tasks with both operands become ready and are scheduled, and the last result ends
 * its expression.
 *
 * - All tasks that can change are locked first, by their ids. So two reports on the two operands of one operation count
 *   down one after the other, and no two reports wait for each other.
 * - The expression's row is locked by its first and its last result only.
 * - It changes nothing and returns `deferred` when the set could differ from one result after the other: a task would
 *   become ready whose operands may have no result (which core alone knows), a reported task would become ready by
 *   another report of the set, a reported task is ready without having been claimed, or a result belongs to another
 *   attempt than the task's own (`attemptOfResult` of `core/queue/attempts.ts`), which is rare.
 */
export const report = statement('report', {
  tasks: 'bigint[]',
  values: 'float8[]',
  leases: 'text[]',
  // Symbols of operations that have a result for any operands.
  total_symbols: 'text[]',
  // The caller checks `unchecked` itself, and to which attempt the result belongs.
  checked: 'boolean'
}, {
  deferred: boolean,
  outcomes,
  // The symbol of each task that became ready.
  ready: symbols,
  // Expressions that are completed.
  ended: Type.Array(integer),
  // Expressions of the results.
  changed: Type.Array(integer),
  // Tasks that became ready, and may have no result.
  unchecked: nullable(Type.Array(Type.Object({ id: integer, expression: integer, ...failedOperationColumns })))
}, `
WITH reported AS (
  -- −0 + 0 is 0: a negative zero is never stored.
  SELECT ordinal, task, value + 0 AS value, lease
  FROM unnest($tasks, $values, $leases) WITH ORDINALITY AS r (task, value, lease, ordinal)
), locked AS MATERIALIZED (
  SELECT id, expression, symbol, state, missing, left_task, right_task, left_value, right_value, gives_result,
    text_position, text_length, lease, ended_attempts IS NOT NULL AS has_ended
  FROM longhand.task
  WHERE id = ANY (ARRAY(
    SELECT unnest($tasks) UNION SELECT unnest(t.dependents) FROM longhand.task t WHERE t.id = ANY ($tasks)))
  ORDER BY id FOR NO KEY UPDATE
), done AS MATERIALIZED (
  SELECT r.ordinal, r.task, r.value, t.expression, t.gives_result, t.state,
    CASE t.state WHEN 'leased' THEN r.lease IS NULL OR r.lease = t.lease ELSE NOT t.has_ended END AS is_own
  FROM reported r JOIN locked t ON t.id = r.task
  WHERE t.state IN ('ready', 'leased', 'overdue')
), known AS MATERIALIZED (
  SELECT array_agg(task) AS tasks, array_agg(value) AS results, array_agg(ordinal) AS ordinals FROM done
), dependent AS MATERIALIZED (
  SELECT id, expression, symbol, left_value, right_value, text_position, text_length, ordinal,
    (left_value IS NULL)::integer + (right_value IS NULL)::integer AS missing
  FROM (
    SELECT p.id, p.expression, p.symbol, p.text_position, p.text_length,
      coalesce(p.left_value, k.results[p.left_at]) AS left_value,
      coalesce(p.right_value, k.results[p.right_at]) AS right_value,
      greatest(k.ordinals[p.left_at], k.ordinals[p.right_at]) AS ordinal
    FROM known k CROSS JOIN LATERAL (
      -- An array instead of a join: the planner expects few rows and would compare each with each, which took a third
      -- of the statement with 64 reports.
      SELECT t.*, array_position(k.tasks, t.left_task) AS left_at, array_position(k.tasks, t.right_task) AS right_at
      FROM locked t WHERE t.state = 'waiting' OFFSET 0
    ) p
    WHERE p.left_at IS NOT NULL OR p.right_at IS NOT NULL
  ) operands
), unchecked AS MATERIALIZED (
  SELECT id, expression, symbol, left_value, right_value, text_position, text_length, NULL AS agents FROM dependent
  WHERE missing = 0 AND NOT CASE
    WHEN symbol = ANY ($total_symbols) THEN true
    WHEN symbol IN ('+', '-', '*') THEN abs(left_value) < 1e150 AND abs(right_value) < 1e150
    WHEN symbol = '/' THEN abs(left_value) < 1e150 AND abs(right_value) > 1e-150
    WHEN symbol = '%' THEN right_value <> 0
    ELSE false
  END
), verdict AS MATERIALIZED (
  SELECT (NOT $checked AND (EXISTS (SELECT FROM unchecked) OR EXISTS (SELECT FROM done WHERE NOT is_own)))
    OR EXISTS (SELECT FROM dependent p WHERE p.id = ANY ($tasks))
    OR (cardinality($tasks) > 1 AND EXISTS (SELECT FROM done WHERE state = 'ready')) AS deferred
), completed AS (
  UPDATE longhand.task t
  SET state = 'completed', value = d.value, lease = NULL, deadline = NULL, completed_at = $at, updated_at = $at,
    ${CHANGED}
  FROM done d WHERE t.id = d.task AND NOT (SELECT deferred FROM verdict)
), filled AS (
  UPDATE longhand.task t
  SET missing = p.missing, left_value = p.left_value, right_value = p.right_value,
    state = CASE p.missing WHEN 0 THEN 'ready' ELSE 'waiting' END::longhand.task_state, ${CHANGED}
  FROM dependent p WHERE t.id = p.id AND NOT (SELECT deferred FROM verdict)
), ended AS MATERIALIZED (
  SELECT expression, value, nextval('longhand.finished_order') AS finished FROM (
    SELECT expression, value FROM done WHERE gives_result AND NOT (SELECT deferred FROM verdict) ORDER BY ordinal
  ) ordered
), affected AS MATERIALIZED (
  SELECT e.id FROM longhand.expression e
  WHERE NOT (SELECT deferred FROM verdict) AND e.id = ANY (ARRAY(SELECT expression FROM done))
    AND (e.started_at IS NULL OR e.id = ANY (ARRAY(SELECT expression FROM ended)))
  ORDER BY e.id FOR NO KEY UPDATE
), progressed AS (
  -- Every operation of a plan leads to its result, so no task is left to drop.
  UPDATE longhand.expression e
  SET status = CASE WHEN n.expression IS NULL THEN 'in_progress' ELSE 'completed' END::longhand.expression_status,
    started_at = coalesce(e.started_at, $at),
    running_from = coalesce(e.running_from, $tick),
    deadline_order = coalesce(e.deadline_order, nextval('longhand.deadline_order')),
    result = n.value,
    finished_at = CASE WHEN n.expression IS NOT NULL THEN $at END,
    finished_order = n.finished,
    completed = CASE WHEN n.expression IS NOT NULL THEN e.operations END, ${CHANGED}
  FROM affected c LEFT JOIN ended n ON n.expression = c.id
  WHERE e.id = c.id
  RETURNING e.id
), became_ready AS (
  SELECT expression, min(ordinal) AS ordinal FROM dependent
  WHERE missing = 0 AND NOT (SELECT deferred FROM verdict) GROUP BY expression
), ${scheduled('$tasks')}, unscheduled AS (
  DELETE FROM longhand.schedule WHERE expression = ANY (ARRAY(SELECT expression FROM ended))
), ${revised('EXISTS (SELECT FROM progressed)')}
SELECT deferred,
  ARRAY(
    SELECT CASE
      WHEN t.state IS NULL OR t.state = 'waiting' THEN 'unknown'
      WHEN t.state IN ('completed', 'failed', 'dropped') THEN 'ignored'
      ELSE 'accepted'
    END
    FROM reported r LEFT JOIN locked t ON t.id = r.task ORDER BY r.ordinal
  ) AS outcomes,
  ARRAY(SELECT symbol FROM dependent WHERE missing = 0 ORDER BY id) AS ready,
  ARRAY(SELECT expression FROM ended ORDER BY finished) AS ended,
  ARRAY(SELECT DISTINCT expression FROM done) AS changed,
  (SELECT json_agg(unchecked ORDER BY id) FROM unchecked) AS unchecked,
  -- For a claim in the same message.
  set_config('longhand.deferred', CASE WHEN deferred THEN 'on' ELSE 'off' END, true)
FROM verdict
`)

/**
 * Locks, by their ids, the tasks that reports on `tasks` can change, and every unfinished task of `expressions`, which
 * these reports can end. The rest of the transaction then waits for no lock on a task.
 */
export const lock = statement('lock', { tasks: 'bigint[]', expressions: 'bigint[]' }, {}, `
SELECT count(*) FROM (
  SELECT id FROM longhand.task
  WHERE id = ANY (ARRAY(
    SELECT unnest($tasks)
    UNION SELECT unnest(t.dependents) FROM longhand.task t WHERE t.id = ANY ($tasks)
    UNION SELECT t.id FROM longhand.expression e JOIN longhand.task t
      ON t.id >= e.first_task AND t.id < e.first_task + e.operations AND t.state <> 'completed'
      WHERE e.id = ANY ($expressions)))
  ORDER BY id FOR NO KEY UPDATE
) locked
`)

/** A task, as far as `decideReport` (`core/queue/decisions.ts`) needs it; the operands of a waiting one may be null. */
export const inspect = statement('inspect', { task: 'bigint' }, {
  ...each(integer, 'id', 'expression', 'attempts'),
  state: taskState,
  ...each(nullable(text), 'lease', 'agent'),
  claimedAt: nullable(float),
  endedAttempts,
  // The time of the transaction's next change.
  at: float,
  ...failedOperationColumns,
  ...each(nullable(float), 'left_value', 'right_value')
}, `
SELECT t.id, t.expression, t.state, t.lease, t.attempts, t.agent, t.claimed_at AS "claimedAt",
  t.ended_attempts AS "endedAttempts", $at AS at, ${FAILED_OPERATION}
FROM longhand.task t WHERE t.id = $task
`)

/** Before a result that belongs to another attempt than the task's own: the task then describes that one. */
export const attribute = statement('attribute', {
  task: 'bigint', agent: 'text', claimed_at: 'float8', ended_attempts: 'text'
}, {}, `
UPDATE longhand.task
SET agent = $agent, claimed_at = $claimed_at, ended_attempts = $ended_attempts::jsonb, ${CHANGED}
WHERE id = $task
`)
