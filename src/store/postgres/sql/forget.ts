import { statement } from '../statement.js'
import { revised } from './fragments.js'

/**
 * Lets go of some finished expressions beyond those that are kept, the first first; each by one server only. One that
 * has just finished stays for a moment, because clients of any server may wait for it.
 */
export const forget = statement('forget', { keep: 'bigint', most: 'integer', linger_ms: 'float8' }, `
WITH oldest AS MATERIALIZED (
  SELECT id, first_task, operations FROM longhand.expression
  WHERE finished_order <= (
    SELECT finished_order FROM longhand.expression WHERE finished_order IS NOT NULL
    ORDER BY finished_order DESC OFFSET $keep LIMIT 1) AND finished_at <= $at - $linger_ms
  ORDER BY finished_order LIMIT $most FOR UPDATE SKIP LOCKED
), tasks AS (
  DELETE FROM longhand.task t USING oldest o WHERE t.id >= o.first_task AND t.id < o.first_task + o.operations
), forgotten AS (
  DELETE FROM longhand.expression WHERE id = ANY (ARRAY(SELECT id FROM oldest)) RETURNING id
), ${revised('EXISTS (SELECT FROM forgotten)')}
SELECT id FROM forgotten
`)
