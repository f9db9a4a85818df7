import { statement } from '../statement.js'

/** How leases stand; without a lock, because nothing depends on it. */
export const check = statement('check', { tasks: 'bigint[]', leases: 'text[]' }, `
SELECT ARRAY(
  SELECT CASE
    WHEN t.id IS NULL THEN 'unknown'
    WHEN t.state IN ('completed', 'failed', 'dropped') THEN 'ignored'
    WHEN t.state = 'leased' AND t.lease = r.lease THEN 'accepted'
    ELSE 'superseded'
  END
  FROM unnest($tasks, $leases) WITH ORDINALITY AS r (task, lease, place)
  LEFT JOIN longhand.task t ON t.id = r.task
  ORDER BY r.place
) AS outcomes
`)
