import { integer } from '../fields.js'
import { statement } from '../statement.js'
import { revised } from './fragments.js'

/**
 * Deletes up to `most` final expressions beyond the `retain` that finished last, as `beyond` of
 * `core/queue/retention.ts` does, the oldest first and each by one server. Those that finished less than `grace_ms` ago
 * stay, because clients of any server may wait for them.
 */
export const deleteOldest = statement('delete_oldest', {
  retain: 'bigint', most: 'integer', grace_ms: 'float8'
}, { id: integer }, `
WITH oldest AS MATERIALIZED (
  SELECT id, first_task, operations FROM longhand.expression
  WHERE finished_order <= (
    SELECT finished_order FROM longhand.expression WHERE finished_order IS NOT NULL
    ORDER BY finished_order DESC OFFSET $retain LIMIT 1) AND finished_at <= $at - $grace_ms
  ORDER BY finished_order LIMIT $most FOR UPDATE SKIP LOCKED
), deleted_tasks AS (
  DELETE FROM longhand.task t USING oldest o WHERE t.id >= o.first_task AND t.id < o.first_task + o.operations
), deleted AS (
  DELETE FROM longhand.expression WHERE id = ANY (ARRAY(SELECT id FROM oldest)) RETURNING id
), recorded AS (
  INSERT INTO longhand.deletion (deleted_at, ids) SELECT $at, array_agg(id) FROM deleted HAVING count(*) > 0
), ${revised('EXISTS (SELECT FROM deleted)')}
SELECT id FROM deleted
`)
