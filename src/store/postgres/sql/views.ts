import { statement } from '../statement.js'
import { SHOWN } from './fragments.js'

export const find = statement('find', { expression: 'bigint' }, `${SHOWN} WHERE e.id = $expression`)

export const findKey = statement('find_key', { key: 'text' }, `
SELECT e.id, e.fingerprint FROM longhand.expression e WHERE e.idempotency_key = $key
`)

/** Without the texts, which may be a megabyte each, and without progress, for which all tasks would be counted. */
export const list = statement('list', {
  kind: 'text', status: 'longhand.expression_status', after: 'bigint', most: 'bigint'
}, `
SELECT e.id, e.kind, e.status, e.result, e.created_at FROM longhand.expression e
WHERE e.id > $after AND ($kind IS NULL OR e.kind = $kind) AND ($status IS NULL OR e.status = $status)
ORDER BY e.id LIMIT $most
`)

/** Operations of an expression as they were planned, and how each one's task stands: those of a range of ids. */
export const operations = statement('operations', { expression: 'bigint', after: 'bigint', most: 'bigint' }, `
SELECT t.symbol, t.left_task, t.right_task, t.left_value, t.right_value, t.time_ms, t.path_ms, t.state, t.missing,
  t.value, t.attempts, t.lease, t.lease_ms, t.agent, t.claimed_at, t.completed_at
FROM longhand.expression e
  JOIN longhand.task t ON t.id >= greatest(e.first_task, $after + 1) AND t.id < e.first_task + e.operations
WHERE e.id = $expression ORDER BY t.id LIMIT $most
`)

/** The oldest expression that nobody has begun; the longest path through what is left of it and of those at work. */
export const backlog = statement('backlog', { most: 'bigint' }, `
WITH waiting AS MATERIALIZED (
  SELECT id, created_at FROM longhand.expression
  WHERE finished_order IS NULL AND status = 'pending' ORDER BY id LIMIT 1
), at_work AS MATERIALIZED (
  SELECT id FROM longhand.expression
  WHERE finished_order IS NULL AND status = 'in_progress' ORDER BY id LIMIT $most
)
SELECT (SELECT created_at FROM waiting) AS waiting_since, coalesce(max(t.path_ms), 0) AS critical_path_ms
FROM (SELECT id FROM waiting UNION ALL SELECT id FROM at_work) open
  JOIN longhand.expression e ON e.id = open.id
  JOIN longhand.task t ON t.id >= e.first_task AND t.id < e.first_task + e.operations AND t.state <> 'completed'
`)

export const load = statement('load_of', {}, `
SELECT count(*) AS expressions, coalesce(sum(operations), 0)::bigint AS operations
FROM longhand.expression WHERE finished_order IS NULL
`)

/** What there is when a server comes. */
export const kept = statement('kept', {}, `
SELECT count(*) AS expressions, count(*) FILTER (WHERE finished_order IS NULL) AS unfinished FROM longhand.expression
`)

/** What is ready, by symbol; counted up to a limit, for hints that need not be exact. */
export const readyCounts = statement('ready_counts', { most: 'bigint' }, `
SELECT symbol, count(*) AS tasks FROM (
  SELECT symbol FROM longhand.task WHERE state = 'ready' LIMIT $most
) found GROUP BY symbol ORDER BY symbol
`)

export const held = statement('held', {}, `
SELECT id, expression, symbol, agent, claimed_at AS since
FROM longhand.task WHERE deadline IS NOT NULL AND state = 'leased' ORDER BY id
`)

export const revision = statement('revision', {}, `
SELECT coalesce(sum(changes), 0)::bigint AS changes FROM longhand.revision
`)
