import { statement } from '../statement.js'
import { revised } from './fragments.js'

/** Makes expressions `in_progress` whose rows their first claim had to skip; waits for the locks on them. */
export const start = statement('start', { expressions: 'bigint[]' }, {}, `
WITH locked AS MATERIALIZED (
  SELECT id FROM longhand.expression
  WHERE id = ANY ($expressions) AND started_at IS NULL AND finished_order IS NULL
  ORDER BY id FOR NO KEY UPDATE
), started AS (
  UPDATE longhand.expression e
  SET status = 'in_progress', started_at = $at, running_from = $tick,
    deadline_order = nextval('longhand.deadline_order')
  FROM locked l WHERE e.id = l.id
  RETURNING e.id
), ${revised('EXISTS (SELECT FROM started)')}
SELECT FROM started
`)
