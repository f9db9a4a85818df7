import { statement } from '../statement.js'
import { revised } from './fragments.js'

/**
 * Keeps an expression with its tasks, unless its idempotency key is known or there may be too much open work. The row
 * of counters is held until the end, so that submits appear in the order of their ids and a refusal takes none.
 *
 * Two submits with the same new key collide at its unique index; the second fails and is tried again.
 */
export const submit = statement('submit', {
  kind: 'text',
  source: 'text',
  key: 'text',
  fingerprint: 'text',
  // What it is from the beginning: pending, or final where nothing is to be done or can be done.
  status: 'longhand.expression_status',
  result: 'float8',
  error_code: 'text',
  error_message: 'text',
  work_ms: 'float8',
  span_ms: 'float8',
  work_before_ms: 'float8',
  span_before_ms: 'float8',
  most_expressions: 'bigint',
  most_operations: 'bigint',
  result_of: 'integer',
  // One element for each operation. Operands are a number, or the index of an operation; dependents are indices.
  operations: 'text[]',
  left_of: 'integer[]',
  left_value: 'float8[]',
  right_of: 'integer[]',
  right_value: 'float8[]',
  time_ms: 'float8[]',
  path_ms: 'float8[]',
  dependents: 'text[]'
}, `
WITH known AS MATERIALIZED (
  SELECT id, fingerprint FROM longhand.expression WHERE idempotency_key = $key
), counted AS (
  UPDATE longhand.counter
  SET next_expression = next_expression + 1, next_task = next_task + cardinality($operations)
  WHERE NOT EXISTS (SELECT FROM known)
    AND open_expressions + next_expression - counted_expression < $most_expressions
    AND (open_operations + next_task - counted_task = 0
      OR open_operations + next_task - counted_task + cardinality($operations) <= $most_operations)
  RETURNING next_expression - 1 AS id, next_task - cardinality($operations) AS first_task
), kept AS (
  INSERT INTO longhand.expression (id, kind, source, first_task, operations, symbols, result_of, work_ms, span_ms,
    work_before_ms, span_before_ms, idempotency_key, fingerprint, status, result, error_code, error_message, created_at,
    finished_at, completed, finished_order)
  SELECT c.id, $kind, $source, c.first_task, cardinality($operations),
    ARRAY(SELECT DISTINCT unnest($operations)), $result_of, $work_ms, $span_ms, $work_before_ms, $span_before_ms,
    $key, $fingerprint, $status, $result, $error_code, $error_message, $at,
    CASE WHEN $status <> 'pending' THEN $at END,
    CASE WHEN $status <> 'pending' THEN 0 END,
    CASE WHEN $status <> 'pending' THEN nextval('longhand.finish') END
  FROM counted c
  RETURNING id, symbols, created_at
), tasks AS (
  INSERT INTO longhand.task (id, expression, symbol, left_task, right_task, left_value, right_value, time_ms, path_ms,
    dependents, gives_result, state, missing, updated_at)
  SELECT c.first_task + o.place - 1, c.id, o.symbol, c.first_task + o.left_of, c.first_task + o.right_of,
    o.left_value, o.right_value, o.time_ms, o.path_ms,
    ARRAY(SELECT c.first_task + d FROM unnest(o.dependents::integer[]) d),
    o.place - 1 = $result_of,
    CASE WHEN $status <> 'pending' THEN 'dropped' WHEN o.left_of IS NULL AND o.right_of IS NULL THEN 'ready'
      ELSE 'waiting' END::longhand.task_state,
    (o.left_of IS NOT NULL)::integer + (o.right_of IS NOT NULL)::integer,
    $at
  FROM counted c CROSS JOIN unnest($operations, $left_of, $left_value, $right_of, $right_value, $time_ms, $path_ms,
    $dependents) WITH ORDINALITY AS o (symbol, left_of, left_value, right_of, right_value, time_ms, path_ms, dependents,
    place)
), enlisted AS (
  INSERT INTO longhand.line (expression, turn, symbols)
  SELECT id, nextval('longhand.turn'), symbols FROM kept WHERE $status = 'pending'
), ${revised('EXISTS (SELECT FROM kept)')}
SELECT id, NULL AS fingerprint, created_at FROM kept
UNION ALL SELECT id, fingerprint, NULL FROM known
`)
