import { each, integer } from '../fields.js'
import { statement } from '../statement.js'
import { openLoad, revised } from './fragments.js'
import {
  INSERTED, INSERT_TASKS, STORED, SUBMITTED, elementsOf, expressionArrays, operationArrays, storedColumns
} from './submit.js'

/** An upper bound of the open work. */
export const openWork = statement('open_work', {}, openLoad, `
SELECT open_expressions + next_expression - counted_expression AS "openExpressions",
  open_operations + next_task - counted_task AS "openOperations"
FROM longhand.counter
`)

/** Takes the ids of a large expression within the limits of `submit`; returns no row beyond them. */
export const reserveIds = statement('reserve_ids', {
  size: 'bigint', most_expressions: 'bigint', most_operations: 'bigint'
}, each(integer, 'id', 'first_task'), `
UPDATE longhand.counter
SET next_expression = next_expression + 1, next_task = next_task + $size
WHERE open_expressions + next_expression - counted_expression + 1 <= $most_expressions
  AND (open_operations + next_task - counted_task = 0
    OR open_operations + next_task - counted_task + $size <= $most_operations)
RETURNING next_expression - 1 AS id, next_task - $size AS first_task
`)

/** The expression without its tasks; when its key is known, the earlier one. */
export const insertLarge = statement('insert_large', {
  id: 'bigint', first_task: 'bigint', ...expressionArrays
}, storedColumns, `
WITH ${SUBMITTED}, numbered AS MATERIALIZED (
  SELECT ordinal, $id AS id, $first_task AS first_task FROM submitted WHERE ordinal NOT IN (SELECT ordinal FROM known)
), ${INSERTED}, ${revised('EXISTS (SELECT FROM inserted)')}
${STORED}
`)

/** Some of its tasks. */
export const insertTasks = statement('insert_tasks', {
  ...each('bigint', 'id', 'first_task'),
  status: 'text',
  ...each('integer', 'failed', 'result_of'),
  created_at: 'float8',
  ...operationArrays
}, {}, `${INSERT_TASKS}
FROM (
  SELECT u.*, $id AS expression, $first_task AS first_task, $status AS status, $result_of AS result_of,
    $failed AS failed, $created_at AS created_at
  FROM ${elementsOf(operationArrays, 'u')}
) o
`)

/** The last step: its tasks can be claimed. */
export const scheduleLarge = statement('schedule_large', { id: 'bigint' }, {}, `
INSERT INTO longhand.schedule (expression, turn, symbols)
SELECT id, nextval('longhand.turn'), symbols FROM longhand.expression WHERE id = $id
`)

/** Submits wait until the transaction ends. */
export const lockCounter = statement('lock_counter', {}, {}, `
SELECT next_expression FROM longhand.counter FOR NO KEY UPDATE
`)

/** Counts the open work; follows `lockCounter` in the same transaction. */
export const recount = statement('recount', {}, openLoad, `
UPDATE longhand.counter
SET open_expressions = o.expressions, open_operations = o.operations,
  counted_expression = next_expression, counted_task = next_task
FROM (
  SELECT count(*) AS expressions, coalesce(sum(operations), 0) AS operations
  FROM longhand.expression WHERE finished_order IS NULL
) o
RETURNING open_expressions AS "openExpressions", open_operations AS "openOperations"
`)
