import { statement } from '../statement.js'

/** A sign of life, of this server and so of any. It never goes back, whichever server is late. */
export const alive = statement('alive', { server: 'integer' }, `
WITH own AS (
  INSERT INTO longhand.server (id, alive_at) VALUES ($server, $tick)
  ON CONFLICT (id) DO UPDATE SET alive_at = greatest(longhand.server.alive_at, excluded.alive_at)
)
INSERT INTO longhand.presence (alive_at) VALUES ($tick)
ON CONFLICT (single) DO UPDATE SET alive_at = greatest(longhand.presence.alive_at, excluded.alive_at)
`)

/** Whether there was none for so long (ms) that no server can be up. */
export const silent = statement('silent', { longer_than_ms: 'float8' }, `
SELECT NOT EXISTS (SELECT FROM longhand.presence WHERE alive_at > $tick - $longer_than_ms) AS silent
`)

/** After a time in which no server was up: that time counts for no calculation. */
export const resume = statement('resume', {}, `
UPDATE longhand.expression e
SET running_from = e.running_from + greatest(0, $tick - greatest(e.running_from, p.alive_at))
FROM longhand.presence p
WHERE e.finished_order IS NULL AND e.running_from IS NOT NULL
`)

/** … and every lease is granted again in full. */
export const regrant = statement('regrant', {}, `
WITH granted AS (
UPDATE longhand.task t SET deadline = $tick + t.lease_ms, hold_order = h.hold,
  updated_at = CASE t.state WHEN 'leased' THEN $at ELSE t.updated_at END
FROM (
  SELECT id, nextval('longhand.hold') AS hold FROM (
    SELECT id FROM longhand.task WHERE deadline IS NOT NULL ORDER BY id FOR NO KEY UPDATE
  ) ordered
) h
WHERE t.id = h.id
RETURNING t.state
)
SELECT count(*) FILTER (WHERE state = 'leased') AS leases FROM granted
`)

/** … and no list is what it was, since nobody knows what was shown of it. */
export const renumber = statement('renumber', {}, `
INSERT INTO longhand.revision (backend, changes) VALUES (pg_backend_pid(), 1)
ON CONFLICT (backend) DO UPDATE SET changes = longhand.revision.changes + 1
`)
