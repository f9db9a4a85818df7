import { float, integer, nullable, status, text } from '../fields.js'
import { statement } from '../statement.js'
import { OPERATION, SHOWN, openLoad, operationColumns, shown } from './fragments.js'

export const find = statement('find', { expression: 'bigint' }, shown, `${SHOWN} WHERE e.id = $expression`)

export const findKey = statement('find_key', { key: 'text' }, { id: integer, fingerprint: text }, `
SELECT e.id, e.fingerprint FROM longhand.expression e WHERE e.idempotency_key = $key
`)

const LIST_PARAMETERS = {
  kind: 'text', status: 'longhand.expression_status', after: 'bigint', most: 'bigint'
} as const
const LIST_COLUMNS = { id: integer, kind: text, status, result: nullable(float), createdAt: float }

/** Without the texts, of up to a megabyte each, and without progress, for which all tasks would be counted. */
const LISTED = `
SELECT e.id, e.kind, e.status, e.result, e.created_at AS "createdAt" FROM longhand.expression e
WHERE e.id > $after AND ($kind IS NULL OR e.kind = $kind) AND ($status IS NULL OR e.status = $status)`

export const list = statement('list', LIST_PARAMETERS, LIST_COLUMNS, `${LISTED}
ORDER BY e.id LIMIT $most
`)

/** The latest first. */
export const listLatest = statement('list_latest', LIST_PARAMETERS, LIST_COLUMNS, `${LISTED}
ORDER BY e.id DESC LIMIT $most
`)

/** The planned operations of an expression and the states of their tasks, in a range of ids. */
export const operations = statement('operations', {
  expression: 'bigint', after: 'bigint', most: 'bigint'
}, operationColumns, `
SELECT ${OPERATION}
FROM longhand.expression e
  JOIN longhand.task t ON t.id >= greatest(e.first_task, $after + 1) AND t.id < e.first_task + e.operations
WHERE e.id = $expression ORDER BY t.id LIMIT $most
`)

/** When the oldest pending expression was submitted; the longest path left in it and in those in progress. */
export const backlog = statement('backlog', { most: 'bigint' }, {
  waitingSince: nullable(float), criticalPathMs: float
}, `
WITH waiting AS MATERIALIZED (
  SELECT id, created_at FROM longhand.expression
  WHERE finished_order IS NULL AND status = 'pending' ORDER BY id LIMIT 1
), in_progress AS MATERIALIZED (
  SELECT id FROM longhand.expression
  WHERE finished_order IS NULL AND status = 'in_progress' ORDER BY id LIMIT $most
)
SELECT (SELECT created_at FROM waiting) AS "waitingSince", coalesce(max(t.path_ms), 0) AS "criticalPathMs"
FROM (SELECT id FROM waiting UNION ALL SELECT id FROM in_progress) open
  JOIN longhand.expression e ON e.id = open.id
  JOIN longhand.task t ON t.id >= e.first_task AND t.id < e.first_task + e.operations AND t.state <> 'completed'
`)

export const load = statement('load_of', {}, openLoad, `
SELECT count(*) AS "openExpressions", coalesce(sum(operations), 0)::bigint AS "openOperations"
FROM longhand.expression WHERE finished_order IS NULL
`)

/** What the store holds when a server starts. */
export const totals = statement('totals', {}, { expressions: integer, unfinished: integer }, `
SELECT count(*) AS expressions, count(*) FILTER (WHERE finished_order IS NULL) AS unfinished FROM longhand.expression
`)

/** Ready tasks by symbol; of all tasks at most `most` are counted, for hints that need not be exact. */
export const readyCounts = statement('ready_counts', { most: 'bigint' }, { symbol: text, tasks: integer }, `
SELECT symbol, count(*) AS tasks FROM (
  SELECT symbol FROM longhand.task WHERE state = 'ready' LIMIT $most
) found GROUP BY symbol ORDER BY symbol
`)

export const leasedTasks = statement('leased_tasks', {}, {
  id: integer, expression: integer, symbol: text, agent: nullable(text), since: float
}, `
SELECT id, expression, symbol, agent, claimed_at AS since
FROM longhand.task WHERE deadline IS NOT NULL AND state = 'leased' ORDER BY id
`)
