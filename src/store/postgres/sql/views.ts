import { statement } from '../statement.js'
import { SHOWN } from './fragments.js'

export const find = statement('find', { expression: 'bigint' }, `${SHOWN} WHERE e.id = $expression`)

export const list = statement('list', {
  kind: 'text', status: 'longhand.expression_status', after: 'bigint', most: 'bigint'
}, `${SHOWN}
WHERE e.id > $after AND ($kind IS NULL OR e.kind = $kind) AND ($status IS NULL OR e.status = $status)
ORDER BY e.id LIMIT $most
`)

/** The plan of an expression and how each of its tasks stands. */
export const operations = statement('operations', { expression: 'bigint' }, `
SELECT t.symbol, t.left_task, t.right_task, t.left_value, t.right_value, t.time_ms, t.state, t.missing, t.value,
  t.attempts, t.lease, t.lease_ms, t.agent, t.claimed_at, t.completed_at
FROM longhand.expression e JOIN longhand.task t ON t.id >= e.first_task AND t.id < e.first_task + e.operations
WHERE e.id = $expression ORDER BY t.id
`)

export const load = statement('load_of', {}, `
SELECT count(*) AS expressions, coalesce(sum(operations), 0)::bigint AS operations
FROM longhand.expression WHERE finished_order IS NULL
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
