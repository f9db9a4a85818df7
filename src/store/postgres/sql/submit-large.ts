import { float, integer, nullable, text } from '../fields.js'
import { statement } from '../statement.js'
import { operationColumns, revised } from './fragments.js'

/** An upper bound of the open work. */
export const openWork = statement('open_work', {}, { open_expressions: integer, open_operations: integer }, `
SELECT open_expressions + next_expression - counted_expression AS open_expressions,
  open_operations + next_task - counted_task AS open_operations
FROM longhand.counter
`)

/** Takes the ids of a large expression within the limits of `submit`; returns no row beyond them. */
export const reserveIds = statement('reserve_ids', {
  size: 'bigint', most_expressions: 'bigint', most_operations: 'bigint'
}, { id: integer, first_task: integer }, `
UPDATE longhand.counter
SET next_expression = next_expression + 1, next_task = next_task + $size
WHERE open_expressions + next_expression - counted_expression + 1 <= $most_expressions
  AND (open_operations + next_task - counted_task = 0
    OR open_operations + next_task - counted_task + $size <= $most_operations)
RETURNING next_expression - 1 AS id, next_task - $size AS first_task
`)

/** The expression without its tasks; when its key is known, the earlier one. */
export const insertLarge = statement('insert_large', {
  id: 'bigint',
  first_task: 'bigint',
  kind: 'text',
  source: 'text',
  key: 'text',
  fingerprint: 'text',
  status: 'text',
  error_code: 'text',
  error_message: 'text',
  // Index of the operation that has no result.
  failed: 'integer',
  work_ms: 'float8',
  span_ms: 'float8',
  work_before_ms: 'float8',
  span_before_ms: 'float8',
  result_of: 'integer',
  size: 'integer',
  symbols: 'text[]'
}, {
  id: integer,
  // Null for an earlier submit with the same key.
  created_at: nullable(float),
  // Of an earlier submit.
  fingerprint: nullable(text)
}, `
WITH known AS MATERIALIZED (
  SELECT id, fingerprint FROM longhand.expression WHERE idempotency_key = $key
), inserted AS (
  INSERT INTO longhand.expression (id, kind, source, first_task, operations, symbols, result_of, work_ms, span_ms,
    work_before_ms, span_before_ms, idempotency_key, fingerprint, status, error_code, error_message, failed_task,
    created_at, finished_at, completed, finished_order)
  SELECT $id, $kind, $source, $first_task, $size, $symbols, $result_of, $work_ms, $span_ms, $work_before_ms,
    $span_before_ms, $key, $fingerprint, $status::longhand.expression_status, $error_code, $error_message,
    $first_task + $failed, $at,
    CASE WHEN $status <> 'pending' THEN $at END,
    CASE WHEN $status <> 'pending' THEN 0 END,
    CASE WHEN $status <> 'pending' THEN nextval('longhand.finished_order') END
  WHERE NOT EXISTS (SELECT FROM known)
  RETURNING id, created_at
), ${revised('EXISTS (SELECT FROM inserted)')}
SELECT id, NULL AS fingerprint, created_at FROM inserted
UNION ALL SELECT id, fingerprint, NULL FROM known
`)

/** Some of its tasks. The arrays are those of `submit`. */
export const insertTasks = statement('insert_tasks', {
  id: 'bigint',
  first_task: 'bigint',
  status: 'text',
  failed: 'integer',
  result_of: 'integer',
  created_at: 'float8',
  indexes: 'integer[]',
  ...operationColumns
}, {}, `
INSERT INTO longhand.task (id, expression, symbol, left_task, right_task, left_value, right_value, time_ms, path_ms,
  text_position, text_length, dependents, gives_result, state, missing, updated_at)
SELECT $first_task + o.index, $id, o.symbol, $first_task + o.left_of, $first_task + o.right_of,
  o.left_value, o.right_value, o.time_ms, o.path_ms, o.text_position, o.text_length,
  CASE WHEN o.dependent IS NULL THEN ARRAY(SELECT $first_task + d FROM unnest(o.dependents::integer[]) d)
    ELSE ARRAY[$first_task + o.dependent] END,
  coalesce(o.index = $result_of, false),
  CASE WHEN o.index = $failed THEN 'failed' WHEN $status <> 'pending' THEN 'dropped'
    WHEN o.left_of IS NULL AND o.right_of IS NULL THEN 'ready' ELSE 'waiting' END::longhand.task_state,
  (o.left_of IS NOT NULL)::integer + (o.right_of IS NOT NULL)::integer,
  $created_at
FROM unnest($indexes, $symbols, $left_of, $left_value, $right_of, $right_value, $time_ms, $path_ms, $text_position,
  $text_length, $dependent, $dependents) AS o (index, symbol, left_of, left_value, right_of, right_value, time_ms,
  path_ms, text_position, text_length, dependent, dependents)
`)

/** The last step: its tasks can be claimed. */
export const scheduleLarge = statement('schedule_large', { id: 'bigint', symbols: 'text[]' }, {}, `
INSERT INTO longhand.schedule (expression, turn, symbols) VALUES ($id, nextval('longhand.turn'), $symbols)
`)
