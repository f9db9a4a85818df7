import { statement } from '../statement.js'
import { revised } from './fragments.js'

/** Makes expressions `in_progress` whose first claim had to pass over their rows; waits for whoever has these. */
export const begin = statement('begin_work', { expressions: 'bigint[]' }, `
WITH touched AS MATERIALIZED (
  SELECT id FROM longhand.expression
  WHERE id = ANY ($expressions) AND started_at IS NULL AND finished_order IS NULL
  ORDER BY id FOR NO KEY UPDATE
), begun AS (
  UPDATE longhand.expression e
  SET status = 'in_progress', started_at = $at, running_from = $tick, running_order = nextval('longhand.hold')
  FROM touched t WHERE e.id = t.id
  RETURNING e.id
), ${revised('EXISTS (SELECT FROM begun)')}
SELECT id FROM begun
`)
