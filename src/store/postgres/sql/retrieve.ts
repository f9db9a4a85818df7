import { boolean } from '../fields.js'
import { statement } from '../statement.js'
import { CHANGED } from './fragments.js'

/** Records when a result was retrieved for the first time. */
export const retrieve = statement('retrieve', { expression: 'bigint' }, { known: boolean, retrieved: boolean }, `
WITH retrieved AS (
  UPDATE longhand.expression SET retrieved_at = $at, ${CHANGED}
  WHERE id = $expression AND status = 'completed' AND retrieved_at IS NULL
  RETURNING id
)
SELECT EXISTS (SELECT FROM longhand.expression WHERE id = $expression) AS known,
  EXISTS (SELECT FROM retrieved) AS retrieved
`)
