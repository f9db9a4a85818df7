import { boolean, integer } from '../fields.js'
import { statement } from '../statement.js'

/** A sign of life of this server, and so of any. The times never go back, whichever server is late. */
export const alive = statement('alive', { server: 'integer' }, {}, `
WITH own AS (
  INSERT INTO longhand.server (id, alive_at) VALUES ($server, $tick)
  ON CONFLICT (id) DO UPDATE SET alive_at = greatest(longhand.server.alive_at, excluded.alive_at)
)
INSERT INTO longhand.liveness (alive_at) VALUES ($tick)
ON CONFLICT (single) DO UPDATE SET alive_at = greatest(longhand.liveness.alive_at, excluded.alive_at)
`)

/** Whether no server has given a sign of life for this long. */
export const silent = statement('silent', { longer_than_ms: 'float8' }, { silent: boolean }, `
SELECT NOT EXISTS (SELECT FROM longhand.liveness WHERE alive_at > $tick - $longer_than_ms) AS silent
`)

/** After a downtime: the time since the last sign of life counts for no calculation. */
export const resume = statement('resume', {}, {}, `
UPDATE longhand.expression e
SET running_from = e.running_from + greatest(0, $tick - greatest(e.running_from, l.alive_at))
FROM longhand.liveness l
WHERE e.finished_order IS NULL AND e.running_from IS NOT NULL
`)

/** After a downtime: every lease is granted again in full. */
export const regrant = statement('regrant', {}, { leases: integer }, `
WITH granted AS (
UPDATE longhand.task t SET deadline = $tick + t.lease_ms, deadline_order = o.deadline_order,
  updated_at = CASE t.state WHEN 'leased' THEN $at ELSE t.updated_at END
FROM (
  SELECT id, nextval('longhand.deadline_order') AS deadline_order FROM (
    SELECT id FROM longhand.task WHERE deadline IS NOT NULL ORDER BY id FOR NO KEY UPDATE
  ) ordered
) o
WHERE t.id = o.id
RETURNING t.state
)
SELECT count(*) FILTER (WHERE state = 'leased') AS leases FROM granted
`)
