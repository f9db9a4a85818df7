import { integer, text } from '../fields.js'
import { statement } from '../statement.js'

/** A new server; returns its number. */
export const register = statement('register', {}, { id: integer }, `
INSERT INTO longhand.server (alive_at) VALUES ($tick) RETURNING id
`)

/**
 * Other servers that have stopped: silent for `silent_ms`, or for `interrupted_ms` and without the lock that each holds
 * as long as its connection lasts. A server that is killed loses the lock at once; one whose network broke may keep it
 * for a while.
 */
export const stoppedServers = statement('stopped_servers', {
  server: 'integer', lock_space: 'bigint', interrupted_ms: 'float8', silent_ms: 'float8'
}, { id: integer }, `
SELECT s.id FROM longhand.server s
WHERE s.id <> $server AND s.alive_at <= $tick - $interrupted_ms AND (
  s.alive_at <= $tick - $silent_ms OR NOT EXISTS (
    SELECT FROM pg_locks l
    WHERE l.locktype = 'advisory' AND l.classid = $lock_space::oid AND l.objid = s.id::oid AND l.granted
      AND l.database = (SELECT d.oid FROM pg_database d WHERE d.datname = current_database())))
ORDER BY s.id
`)

/** Leases of the own agents of these servers. */
export const localLeases = statement('local_leases', { servers: 'integer[]', most: 'bigint' }, {
  id: integer, lease: text
}, `
SELECT id, lease FROM longhand.task
WHERE deadline IS NOT NULL AND state = 'leased' AND server = ANY ($servers)
ORDER BY deadline, deadline_order LIMIT $most
`)

/** A server that returns after so long a silence is registered again by its next sign of life. */
export const unregister = statement('unregister', { servers: 'integer[]' }, {}, `
DELETE FROM longhand.server WHERE id = ANY ($servers)
`)

/** The prefix of the lease tokens of this database. */
export const issuer = statement('issuer', {}, { name: text }, 'SELECT name FROM longhand.issuer')

/** Notifies every server that listens, this one included. */
export const notify = statement('notify_all', { channel: 'text', payload: 'text' }, {}, `
SELECT pg_notify($channel, $payload)
`)
