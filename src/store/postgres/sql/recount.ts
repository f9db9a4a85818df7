import { statement } from '../statement.js'
import { openLoad } from './fragments.js'

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
