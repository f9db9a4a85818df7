import { each, float, integer, nullable, text } from '../fields.js'
import { type Parameters, statement } from '../statement.js'
import { revised } from './fragments.js'

/** Expressions as parameters, each with one element for each expression; see `expressionsAsArrays` (`columns.ts`). */
export const expressionArrays = {
  ...each('text[]', 'kind', 'source', 'key', 'fingerprint', 'error_code', 'error_message'),
  // pending, or final where there is nothing to compute or no result.
  status: 'text[]',
  ...each('float8[]', 'result', 'work_ms', 'span_ms', 'work_before_ms', 'span_before_ms'),
  // Indexes of operations: the one that has no result, and the one that gives the result.
  ...each('integer[]', 'failed', 'result_of'),
  // The number of its operations, and the list of their distinct symbols.
  size: 'integer[]',
  symbols: 'text[]'
} as const

/** Operations as parameters, each with one element for each operation; see `operationsAsArrays` (`columns.ts`). */
export const operationArrays = {
  // In the plan of its expression.
  index: 'integer[]',
  symbol: 'text[]',
  // An operand is the index of an operation or a number.
  ...each('integer[]', 'left_of', 'right_of'),
  ...each('float8[]', 'left_value', 'right_value', 'time_ms', 'path_ms'),
  ...each('integer[]', 'text_position', 'text_length'),
  // Most operations have one dependent; the others have a list.
  dependent: 'integer[]',
  dependents: 'text[]'
} as const

/** The elements of these parameters as rows of `alias`; a column has the name of its parameter. */
export function elementsOf (parameters: Parameters, alias: string): string {
  const names = Object.keys(parameters)
  const columns = [...names, 'ordinal'].join(', ')
  return `unnest(${names.map(name => `$${name}`).join(', ')}) WITH ORDINALITY AS ${alias} (${columns})`
}

/** The expressions of `expressionArrays`, and those of earlier submits that have their keys. */
export const SUBMITTED = `submitted AS MATERIALIZED (
  SELECT * FROM ${elementsOf(expressionArrays, 'a')}
), known AS MATERIALIZED (
  SELECT a.ordinal, e.id, e.fingerprint FROM submitted a JOIN longhand.expression e ON e.idempotency_key = a.key
)`

/** Inserts the expressions `submitted` that are in `numbered (ordinal, id, first_task)`. */
export const INSERTED = `inserted AS (
  INSERT INTO longhand.expression (id, kind, source, first_task, operations, symbols, result_of, work_ms, span_ms,
    work_before_ms, span_before_ms, idempotency_key, fingerprint, status, result, error_code, error_message,
    failed_task, created_at, finished_at, completed, finished_order)
  SELECT p.id, a.kind, a.source, p.first_task, a.size, a.symbols::text[], a.result_of, a.work_ms, a.span_ms,
    a.work_before_ms, a.span_before_ms, a.key, a.fingerprint, a.status::longhand.expression_status, a.result,
    a.error_code, a.error_message, p.first_task + a.failed, $at,
    CASE WHEN a.status <> 'pending' THEN $at END,
    CASE WHEN a.status <> 'pending' THEN 0 END,
    CASE WHEN a.status <> 'pending' THEN nextval('longhand.finished_order') END
  FROM numbered p JOIN submitted a USING (ordinal)
  ORDER BY p.id
  RETURNING id, symbols, status, created_at
)`

/** Inserts the tasks of `o`: elements of `operationArrays`, each with values of its expression. */
export const INSERT_TASKS = `
  INSERT INTO longhand.task (id, expression, symbol, left_task, right_task, left_value, right_value, time_ms, path_ms,
    text_position, text_length, dependents, gives_result, state, missing, updated_at)
  SELECT o.first_task + o.index, o.expression, o.symbol, o.first_task + o.left_of, o.first_task + o.right_of,
    o.left_value, o.right_value, o.time_ms, o.path_ms, o.text_position, o.text_length,
    CASE WHEN o.dependent IS NULL THEN ARRAY(SELECT o.first_task + d FROM unnest(o.dependents::integer[]) d)
      ELSE ARRAY[o.first_task + o.dependent] END,
    coalesce(o.index = o.result_of, false),
    CASE WHEN o.index = o.failed THEN 'failed' WHEN o.status <> 'pending' THEN 'dropped'
      WHEN o.left_of IS NULL AND o.right_of IS NULL THEN 'ready' ELSE 'waiting' END::longhand.task_state,
    (o.left_of IS NOT NULL)::integer + (o.right_of IS NOT NULL)::integer,
    o.created_at`

/** The columns of `STORED`. */
export const storedColumns = {
  id: integer,
  // Null for an earlier submit with the same key.
  first_task: nullable(integer),
  created_at: nullable(float),
  // Of an earlier submit.
  fingerprint: nullable(text)
}

/** In the order of the submits: the expressions of `numbered`, and those of `known` from earlier submits. */
export const STORED = `
SELECT ordinal, id, first_task, NULL AS fingerprint, $at AS created_at FROM numbered
UNION ALL SELECT ordinal, id, NULL, fingerprint, NULL FROM known
ORDER BY ordinal`

/**
 * Stores expressions with their tasks, except those whose idempotency key is known; stores nothing and returns no rows
 * when there may be too much open work. The limits are those of `refuseBeyondLimits` (`core/queue/admission.ts`), which
 * words the refusal. The row of counters stays locked until the end, so that submits become visible in the order of
 * their ids and a refusal takes none.
 *
 * Two submits with the same new key collide at its unique index; the second fails and is tried again.
 */
export const submit = statement('submit', {
  ...expressionArrays,
  most_expressions: 'bigint',
  most_operations: 'bigint',
  // One element for each operation of all expressions: the number of its expression, from 1.
  owner: 'integer[]',
  ...operationArrays
}, storedColumns, `
WITH ${SUBMITTED}, fresh AS MATERIALIZED (
  SELECT ordinal, size, row_number() OVER (ORDER BY ordinal) - 1 AS rank,
    sum(size) OVER (ORDER BY ordinal) - size AS before
  FROM submitted WHERE ordinal NOT IN (SELECT ordinal FROM known)
), total AS MATERIALIZED (
  SELECT count(*) AS expressions, coalesce(sum(size), 0) AS operations FROM fresh
), counted AS (
  UPDATE longhand.counter
  SET next_expression = next_expression + t.expressions, next_task = next_task + t.operations
  FROM total t
  WHERE t.expressions > 0
    AND open_expressions + next_expression - counted_expression + t.expressions <= $most_expressions
    AND (t.expressions = 1 AND open_operations + next_task - counted_task = 0
      OR open_operations + next_task - counted_task + t.operations <= $most_operations)
  RETURNING next_expression - t.expressions AS id, next_task - t.operations AS first_task
), numbered AS MATERIALIZED (
  SELECT f.ordinal, c.id + f.rank AS id, c.first_task + f.before AS first_task FROM counted c CROSS JOIN fresh f
), ${INSERTED}, inserted_tasks AS (${INSERT_TASKS}
  FROM (
    -- Subscripts instead of a join, which would read every expression for each operation.
    SELECT u.*,
      (ARRAY(SELECT id FROM numbered RIGHT JOIN submitted USING (ordinal) ORDER BY ordinal))[u.owner] AS expression,
      (ARRAY(SELECT first_task FROM numbered RIGHT JOIN submitted USING (ordinal) ORDER BY ordinal))[u.owner]
        AS first_task,
      ($status)[u.owner] AS status, ($result_of)[u.owner] AS result_of, ($failed)[u.owner] AS failed, $at AS created_at
    FROM ${elementsOf({ owner: 'integer[]', ...operationArrays }, 'u')}
  ) o
  WHERE o.first_task IS NOT NULL
), scheduled AS (
  INSERT INTO longhand.schedule (expression, turn, symbols)
  SELECT id, nextval('longhand.turn'), symbols FROM (
    SELECT id, symbols FROM inserted WHERE status = 'pending' ORDER BY id
  ) ordered
), ${revised('EXISTS (SELECT FROM inserted)')}
${STORED}
`)
