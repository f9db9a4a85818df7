import { integer } from '../fields.js'
import { statement } from '../statement.js'

/**
 * leased → overdue, for leases that ended with the attempts spent (`decideDeadline` of `core/queue/decisions.ts`): a
 * late result counts for one more lease.
 */
export const suspend = statement('suspend', { tasks: 'bigint[]', attempts_limit: 'integer' }, { id: integer }, `
WITH locked AS MATERIALIZED (
  SELECT id FROM longhand.task
  WHERE id = ANY ($tasks) AND state = 'leased' AND attempts >= $attempts_limit AND deadline <= $tick
  ORDER BY id FOR NO KEY UPDATE
), numbered AS (
  SELECT id, nextval('longhand.deadline_order') AS deadline_order FROM (
    SELECT t.id FROM unnest($tasks) WITH ORDINALITY AS r (id, ordinal) JOIN locked t ON t.id = r.id ORDER BY r.ordinal
  ) ordered
)
UPDATE longhand.task t
SET state = 'overdue', lease = NULL, updated_at = $at, deadline = $tick + t.lease_ms, deadline_order = n.deadline_order
FROM numbered n WHERE t.id = n.id
RETURNING t.id
`)
