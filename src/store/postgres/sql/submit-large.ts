import { statement } from '../statement.js'
import { revised } from './fragments.js'

/** How much is open at most. */
export const room = statement('room', {}, `
SELECT open_expressions + next_expression - counted_expression AS open_expressions,
  open_operations + next_task - counted_task AS open_operations
FROM longhand.counter
`)

/** Takes the ids of a large expression, under the same conditions as `submit`; nothing when there is no room. */
export const reserve = statement('reserve', {
  size: 'bigint', most_expressions: 'bigint', most_operations: 'bigint'
}, `
UPDATE longhand.counter
SET next_expression = next_expression + 1, next_task = next_task + $size
WHERE open_expressions + next_expression - counted_expression + 1 <= $most_expressions
  AND (open_operations + next_task - counted_task = 0
    OR open_operations + next_task - counted_task + $size <= $most_operations)
RETURNING next_expression - 1 AS id, next_task - $size AS first_task
`)

/** The expression without its tasks; nothing when its key is known, and then its id and fingerprint. */
export const keepLarge = statement('keep_large', {
  id: 'bigint',
  first_task: 'bigint',
  kind: 'text',
  source: 'text',
  key: 'text',
  fingerprint: 'text',
  status: 'text',
  error_code: 'text',
  error_message: 'text',
  // Index of the operation that can have no result.
  failed: 'integer',
  work_ms: 'float8',
  span_ms: 'float8',
  work_before_ms: 'float8',
  span_before_ms: 'float8',
  result_of: 'integer',
  size: 'integer',
  symbols: 'text[]'
}, `
WITH known AS MATERIALIZED (
  SELECT id, fingerprint FROM longhand.expression WHERE idempotency_key = $key
), kept AS (
  INSERT INTO longhand.expression (id, kind, source, first_task, operations, symbols, result_of, work_ms, span_ms,
    work_before_ms, span_before_ms, idempotency_key, fingerprint, status, error_code, error_message, failed_task,
    created_at, finished_at, completed, finished_order)
  SELECT $id, $kind, $source, $first_task, $size, $symbols, $result_of, $work_ms, $span_ms, $work_before_ms,
    $span_before_ms, $key, $fingerprint, $status::longhand.expression_status, $error_code, $error_message,
    $first_task + $failed, $at,
    CASE WHEN $status <> 'pending' THEN $at END,
    CASE WHEN $status <> 'pending' THEN 0 END,
    CASE WHEN $status <> 'pending' THEN nextval('longhand.finish') END
  WHERE NOT EXISTS (SELECT FROM known)
  RETURNING id, created_at
), ${revised('EXISTS (SELECT FROM kept)')}
SELECT id, NULL AS fingerprint, created_at FROM kept
UNION ALL SELECT id, fingerprint, NULL FROM known
`)

/** Some of its tasks. Arrays as in `submit`. */
export const keepTasks = statement('keep_tasks', {
  id: 'bigint',
  first_task: 'bigint',
  status: 'text',
  failed: 'integer',
  result_of: 'integer',
  created_at: 'float8',
  indexes: 'integer[]',
  symbols: 'text[]',
  left_of: 'integer[]',
  left_value: 'float8[]',
  right_of: 'integer[]',
  right_value: 'float8[]',
  time_ms: 'float8[]',
  path_ms: 'float8[]',
  text_position: 'integer[]',
  text_length: 'integer[]',
  dependent: 'integer[]',
  dependents: 'text[]'
}, `
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

/** Its place in the line, when all its tasks are there. */
export const enlistLarge = statement('enlist_large', { id: 'bigint', symbols: 'text[]' }, `
INSERT INTO longhand.line (expression, turn, symbols) VALUES ($id, nextval('longhand.turn'), $symbols)
`)
