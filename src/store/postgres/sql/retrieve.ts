import { statement } from '../statement.js'

/** Notes when a result was fetched for the first time. */
export const retrieve = statement('retrieve', { expression: 'bigint' }, `
WITH retrieved AS (
  UPDATE longhand.expression SET retrieved_at = $at
  WHERE id = $expression AND status = 'completed' AND retrieved_at IS NULL
  RETURNING id
)
SELECT EXISTS (SELECT FROM longhand.expression WHERE id = $expression) AS known,
  EXISTS (SELECT FROM retrieved) AS retrieved
`)
