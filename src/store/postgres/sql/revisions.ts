import { integer } from '../fields.js'
import { statement } from '../statement.js'
import { revised } from './fragments.js'

/** The version of the list. */
export const revision = statement('revision', {}, { changes: integer }, `
SELECT coalesce(sum(changes), 0)::bigint AS changes FROM longhand.revision
`)

/** After a downtime: the version of the list changes, because a restored backup may repeat an earlier one. */
export const revise = statement('revise', {}, {}, `WITH ${revised('true')} SELECT`)

/**
 * Adds up the counts of closed connections in one row; otherwise the table would have a row for each connection ever
 * opened. The sum stays the same. A new connection with the same process id waits for the row and begins another.
 */
export const mergeRevisions = statement('merge_revisions', {}, {}, `
WITH closed AS (
  DELETE FROM longhand.revision r
  WHERE r.backend <> 0 AND NOT EXISTS (SELECT FROM pg_stat_activity a WHERE a.pid = r.backend)
  RETURNING r.changes
)
INSERT INTO longhand.revision (backend, changes) SELECT 0, sum(changes) FROM closed HAVING count(*) > 0
ON CONFLICT (backend) DO UPDATE SET changes = longhand.revision.changes + excluded.changes
`)
