import { statement } from '../statement.js'

/**
 * Adds up the changes that connections have counted which are gone: else there would be a row for every connection that
 * ever was. The sum stays what it is. A number that is used again meanwhile waits for its row, and begins a new one.
 */
export const fold = statement('fold', {}, `
WITH gone AS (
  DELETE FROM longhand.revision r
  WHERE r.backend <> 0 AND NOT EXISTS (SELECT FROM pg_stat_activity a WHERE a.pid = r.backend)
  RETURNING r.changes
)
INSERT INTO longhand.revision (backend, changes) SELECT 0, sum(changes) FROM gone HAVING count(*) > 0
ON CONFLICT (backend) DO UPDATE SET changes = longhand.revision.changes + excluded.changes
`)
