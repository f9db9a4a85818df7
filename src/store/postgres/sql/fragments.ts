/** Parts that several statements share. */

/** Counts a change of the list, when `condition` holds. A row for each connection, so that none waits for another. */
export function revised (condition: string): string {
  return `revised AS (
    INSERT INTO longhand.revision (backend, changes) SELECT pg_backend_pid(), 1 WHERE ${condition}
    ON CONFLICT (backend) DO UPDATE SET changes = longhand.revision.changes + 1
  )`
}

/**
 * Puts the expressions of `arrived (expression, place)`, whose tasks `fresh` (an array of ids) have just become ready,
 * into the line: at its end if they had no other ready work, and where they stand otherwise.
 *
 * Who stands there is locked against being taken out (`delist`), but not against being served, and not against others
 * who do the same: of a large expression no settle waits for another here.
 */
export function enlisted (fresh: string): string {
  return `standing AS MATERIALIZED (
    SELECT expression FROM longhand.line
    WHERE expression = ANY (ARRAY(SELECT expression FROM arrived)) ORDER BY expression FOR KEY SHARE
  ), joining AS (
    SELECT expression, nextval('longhand.turn') AS turn FROM (
      SELECT a.expression FROM arrived a
      WHERE NOT EXISTS (SELECT FROM standing s WHERE s.expression = a.expression)
        OR NOT EXISTS (
          SELECT FROM longhand.task t
          WHERE t.expression = a.expression AND t.state = 'ready' AND t.id <> ALL (${fresh}))
      ORDER BY a.place
    ) ordered
  ), enlisted AS (
    INSERT INTO longhand.line (expression, turn, symbols)
    SELECT j.expression, j.turn, e.symbols
    FROM joining j JOIN longhand.expression e ON e.id = j.expression
    ORDER BY j.expression
    ON CONFLICT (expression) DO UPDATE SET turn = excluded.turn
  )`
}

/** What a failure says of its operation, a task `t`: `FailingRow`. */
export const FAILING = `t.symbol, t.left_value, t.right_value, t.text_position, t.text_length,
    CASE WHEN t.attempts > 0 THEN array_append(coalesce(t.earlier_agents, '{}'), t.agent) END AS agents`

/** Everything of an expression that is shown; progress is counted here, and only while it is open. */
export const SHOWN = `
  SELECT e.id, e.kind, e.source, e.first_task, e.operations, e.result_of, e.status, e.result, e.error_code,
    e.error_message, failing.*, e.created_at, e.started_at, e.finished_at, e.retrieved_at,
    CASE WHEN e.finished_order IS NULL THEN greatest(e.created_at, progress.updated_at) ELSE e.finished_at
      END AS updated_at,
    e.work_ms, e.span_ms, e.work_before_ms, e.span_before_ms,
    coalesce(e.completed, progress.completed, 0)::integer AS completed,
    CASE WHEN e.finished_order IS NULL THEN coalesce(progress.remaining_ms, 0) ELSE 0 END AS remaining_ms
  FROM longhand.expression e
  LEFT JOIN LATERAL (
    SELECT count(*) FILTER (WHERE t.state = 'completed') AS completed,
      max(t.path_ms) FILTER (WHERE t.state <> 'completed') AS remaining_ms,
      max(t.updated_at) AS updated_at
    FROM longhand.task t
    WHERE e.finished_order IS NULL AND t.id >= e.first_task AND t.id < e.first_task + e.operations
  ) progress ON true
  LEFT JOIN LATERAL (
    SELECT t.id AS failed_task, ${FAILING} FROM longhand.task t WHERE t.id = e.failed_task
  ) failing ON true`
