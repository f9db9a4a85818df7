import { statement } from '../statement.js'
import { enlisted, revised } from './fragments.js'

/**
 * Takes results, each of another task; everything that follows from them follows at once: operands are filled in,
 * what has both becomes ready and stands in the line, and the last result ends its expression.
 *
 * - All tasks that it may change are locked first, by their ids, so that two settles of the two operands of one
 *   operation count down one after the other, and no two settles wait for each other.
 * - The expression's row is touched by the first and by the last result only.
 * - It does nothing and answers `halted` when set-based work would not come to the same as one result after the other:
 *   when a task would become ready whose operands may have no result (only core knows), when a task is reported that
 *   another report makes ready, and when somebody reports ready tasks that nobody claimed.
 */
export const settle = statement('settle', {
  tasks: 'bigint[]',
  values: 'float8[]',
  // Symbols of operations that have a result whatever their operands are.
  harmless: 'text[]',
  // Everything that becomes ready was looked at before.
  approved: 'boolean'
}, `
WITH report AS (
  -- −0 + 0 is 0: a negative zero is never kept.
  SELECT place, task, value + 0 AS value FROM unnest($tasks, $values) WITH ORDINALITY AS r (task, value, place)
), touched AS MATERIALIZED (
  SELECT id, expression, symbol, state, missing, left_task, right_task, left_value, right_value, gives_result,
    text_position, text_length
  FROM longhand.task
  WHERE id = ANY (ARRAY(
    SELECT unnest($tasks) UNION SELECT unnest(t.dependents) FROM longhand.task t WHERE t.id = ANY ($tasks)))
  ORDER BY id FOR NO KEY UPDATE
), done AS MATERIALIZED (
  SELECT r.place, r.task, r.value, t.expression, t.gives_result, t.state
  FROM report r JOIN touched t ON t.id = r.task
  WHERE t.state IN ('ready', 'leased', 'overdue')
), known AS MATERIALIZED (
  SELECT array_agg(task) AS tasks, array_agg(value) AS results, array_agg(place) AS places FROM done
), parent AS MATERIALIZED (
  SELECT id, expression, symbol, left_value, right_value, text_position, text_length, place,
    (left_value IS NULL)::integer + (right_value IS NULL)::integer AS missing
  FROM (
    SELECT p.id, p.expression, p.symbol, p.text_position, p.text_length,
      coalesce(p.left_value, k.results[p.left_at]) AS left_value,
      coalesce(p.right_value, k.results[p.right_at]) AS right_value,
      greatest(k.places[p.left_at], k.places[p.right_at]) AS place
    FROM known k CROSS JOIN LATERAL (
      -- Looked up in an array and not joined: for the planner these are few, so that it would compare each with each,
      -- which took a third of the statement with 64 reports.
      SELECT t.*, array_position(k.tasks, t.left_task) AS left_at, array_position(k.tasks, t.right_task) AS right_at
      FROM touched t WHERE t.state = 'waiting' OFFSET 0
    ) p
    WHERE p.left_at IS NOT NULL OR p.right_at IS NOT NULL
  ) filled
), doubt AS MATERIALIZED (
  SELECT id, expression, symbol, left_value, right_value, text_position, text_length, NULL AS agents FROM parent
  WHERE missing = 0 AND NOT CASE
    WHEN symbol = ANY ($harmless) THEN true
    WHEN symbol IN ('+', '-', '*') THEN abs(left_value) < 1e150 AND abs(right_value) < 1e150
    WHEN symbol = '/' THEN abs(left_value) < 1e150 AND abs(right_value) > 1e-150
    WHEN symbol = '%' THEN right_value <> 0
    ELSE false
  END
), verdict AS MATERIALIZED (
  SELECT (NOT $approved AND EXISTS (SELECT FROM doubt))
    OR EXISTS (SELECT FROM parent p WHERE p.id = ANY ($tasks))
    OR (cardinality($tasks) > 1 AND EXISTS (SELECT FROM done WHERE state = 'ready')) AS halted
), completed AS (
  UPDATE longhand.task t
  SET state = 'completed', value = d.value, lease = NULL, deadline = NULL, completed_at = $at, updated_at = $at
  FROM done d WHERE t.id = d.task AND NOT (SELECT halted FROM verdict)
), counted AS (
  UPDATE longhand.task t
  SET missing = p.missing, left_value = p.left_value, right_value = p.right_value,
    state = CASE p.missing WHEN 0 THEN 'ready' ELSE 'waiting' END::longhand.task_state
  FROM parent p WHERE t.id = p.id AND NOT (SELECT halted FROM verdict)
), ended AS MATERIALIZED (
  SELECT expression, value, nextval('longhand.finish') AS finished FROM (
    SELECT expression, value FROM done WHERE gives_result AND NOT (SELECT halted FROM verdict) ORDER BY place
  ) ordered
), concerned AS MATERIALIZED (
  SELECT e.id FROM longhand.expression e
  WHERE NOT (SELECT halted FROM verdict) AND e.id = ANY (ARRAY(SELECT expression FROM done))
    AND (e.started_at IS NULL OR e.id = ANY (ARRAY(SELECT expression FROM ended)))
  ORDER BY e.id FOR NO KEY UPDATE
), progressed AS (
  -- Every operation of a plan leads to its result, so that nothing is left to be dropped when that is there.
  UPDATE longhand.expression e
  SET status = CASE WHEN n.expression IS NULL THEN 'in_progress' ELSE 'completed' END::longhand.expression_status,
    started_at = coalesce(e.started_at, $at),
    running_from = coalesce(e.running_from, $tick),
    running_order = coalesce(e.running_order, nextval('longhand.hold')),
    result = n.value,
    finished_at = CASE WHEN n.expression IS NOT NULL THEN $at END,
    finished_order = n.finished,
    completed = CASE WHEN n.expression IS NOT NULL THEN e.operations END
  FROM concerned c LEFT JOIN ended n ON n.expression = c.id
  WHERE e.id = c.id
  RETURNING e.id
), arrived AS (
  SELECT expression, min(place) AS place FROM parent
  WHERE missing = 0 AND NOT (SELECT halted FROM verdict) GROUP BY expression
), ${enlisted('$tasks')}, gone AS (
  DELETE FROM longhand.line WHERE expression = ANY (ARRAY(SELECT expression FROM ended))
), ${revised('EXISTS (SELECT FROM progressed)')}
SELECT halted,
  ARRAY(
    SELECT CASE
      WHEN t.state IS NULL OR t.state = 'waiting' THEN 'unknown'
      WHEN t.state IN ('completed', 'failed', 'dropped') THEN 'ignored'
      ELSE 'accepted'
    END
    FROM report r LEFT JOIN touched t ON t.id = r.task ORDER BY r.place
  ) AS outcomes,
  ARRAY(SELECT symbol FROM parent WHERE missing = 0 ORDER BY id) AS ready,
  ARRAY(SELECT expression FROM ended ORDER BY finished) AS ended,
  (SELECT json_agg(doubt ORDER BY id) FROM doubt) AS doubts,
  -- For a claim in the same message.
  set_config('longhand.halted', CASE WHEN halted THEN 'on' ELSE 'off' END, true)
FROM verdict
`)
