import { statement } from '../statement.js'

/** leased → overdue, for those whose last lease is over: no further attempt, but one more lease of waiting. */
export const suspend = statement('suspend', { tasks: 'bigint[]', attempts: 'integer' }, `
WITH touched AS MATERIALIZED (
  SELECT id FROM longhand.task
  WHERE id = ANY ($tasks) AND state = 'leased' AND attempts >= $attempts AND deadline <= $tick
  ORDER BY id FOR NO KEY UPDATE
), held AS (
  SELECT id, nextval('longhand.hold') AS hold FROM (
    SELECT t.id FROM unnest($tasks) WITH ORDINALITY AS o (id, place) JOIN touched t ON t.id = o.id ORDER BY o.place
  ) ordered
)
UPDATE longhand.task t
SET state = 'overdue', lease = NULL, updated_at = $at, deadline = $tick + t.lease_ms, hold_order = h.hold
FROM held h WHERE t.id = h.id
RETURNING t.id
`)
