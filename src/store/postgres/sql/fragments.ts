import { MAX_ENDED_ATTEMPTS } from '../../../core/queue/attempts.js'
import {
  each, endedAttempts, failedOperationColumns, float, integer, nullable, status, taskState, text
} from '../fields.js'

/** Parts that several statements share. */

/**
 * The assignment of every update of a task or an expression that readers of changes have to see (`changes.ts`). Renewed
 * leases are none. A trigger that makes it took 7 % of the throughput of reports and claims in batches of 64 (14,600
 * operations a second instead of 15,600), the assignment 1 %.
 */
export const CHANGED = 'changed_in = pg_current_xact_id()'

/** Counts a change of the list when `condition` holds. Each connection has a row, so that none waits for another. */
export function revised (condition: string): string {
  return `revised AS (
    INSERT INTO longhand.revision (backend, changes) SELECT pg_backend_pid(), 1 WHERE ${condition}
    ON CONFLICT (backend) DO UPDATE SET changes = longhand.revision.changes + 1
  )`
}

/**
 * Schedules the expressions of `became_ready (expression, ordinal)`, whose tasks `fresh` (an array of ids) have just
 * become ready. An expression without other ready work goes to the end; the others keep their turn.
 *
 * The lock on a scheduled row conflicts with its deletion (`unschedule`), but not with claims, and not with other
 * reports: reports on a large expression do not wait for one another here.
 */
export function scheduled (fresh: string): string {
  return `present AS MATERIALIZED (
    SELECT expression FROM longhand.schedule
    WHERE expression = ANY (ARRAY(SELECT expression FROM became_ready)) ORDER BY expression FOR KEY SHARE
  ), appended AS (
    SELECT expression, nextval('longhand.turn') AS turn FROM (
      SELECT b.expression FROM became_ready b
      WHERE NOT EXISTS (SELECT FROM present p WHERE p.expression = b.expression)
        OR NOT EXISTS (
          SELECT FROM longhand.task t
          WHERE t.expression = b.expression AND t.state = 'ready' AND t.id <> ALL (${fresh}))
      ORDER BY b.ordinal
    ) ordered
  ), scheduled AS (
    INSERT INTO longhand.schedule (expression, turn, symbols)
    SELECT a.expression, a.turn, e.symbols
    FROM appended a JOIN longhand.expression e ON e.id = a.expression
    ORDER BY a.expression
    ON CONFLICT (expression) DO UPDATE SET turn = excluded.turn
  )`
}

/**
 * The outcome for a task `t` and a lease `r`, as `decideLease` (`core/queue/decisions.ts`) decides it.
 *
 * @param condition further conditions of `accepted`
 */
export function leaseOutcome (condition = 'r.lease = t.lease'): string {
  return `CASE
    WHEN t.id IS NULL THEN 'unknown'
    WHEN t.state IN ('completed', 'failed', 'dropped') THEN 'ignored'
    WHEN t.state = 'leased' AND ${condition} THEN 'accepted'
    ELSE 'superseded'
  END`
}

/**
 * The value of `ended_attempts` once the open attempt of a leased task `t` ends, as `endAttempt` and `withEnded`
 * (`core/queue/attempts.ts`) add it.
 *
 * @param outcome how it ends: an SQL text
 * @param message what the agent reported: an SQL text, null for nothing
 */
export function withEnded (outcome: string, message = 'NULL'): string {
  return `CASE WHEN jsonb_array_length(t.ended_attempts) >= ${MAX_ENDED_ATTEMPTS} THEN t.ended_attempts - 1
      ELSE coalesce(t.ended_attempts, '[]') END
    || (jsonb_build_object('attempt', t.attempts, 'agent', t.agent, 'lease', t.lease, 'claimedAt', t.claimed_at,
      'endedAt', $at, 'outcome', ${outcome})
      || CASE WHEN ${message} IS NULL THEN '{}' ELSE jsonb_build_object('message', ${message}) END)`
}

/**
 * What a failure shows of its operation, a task `t`; its columns are `failedOperation`. The agents are those of
 * `agentsOf` (`core/queue/attempts.ts`) and, while an attempt is open, its own: the failure ends it.
 */
export const FAILED_OPERATION = `t.symbol, t.left_value, t.right_value, t.text_position, t.text_length,
    ARRAY(
      SELECT a.attempt ->> 'agent' FROM jsonb_array_elements(t.ended_attempts) WITH ORDINALITY AS a (attempt, ordinal)
      WHERE a.attempt ->> 'outcome' <> 'released' ORDER BY a.ordinal
    ) || CASE WHEN t.state = 'leased' THEN ARRAY[t.agent] ELSE '{}' END AS agents`

/** The open work (`Load`, `core/store.ts`). */
export const openLoad = each(integer, 'openExpressions', 'openOperations')

/** An expression as clients see it. Progress is counted here, and for open expressions only. */
export const SHOWN = `
  SELECT e.id, e.kind, e.source, e.first_task, e.operations, e.status, e.result, e.error_code,
    e.error_message, failed.*, e.created_at, e.started_at, e.finished_at, e.retrieved_at,
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
    SELECT t.id AS failed_task, ${FAILED_OPERATION} FROM longhand.task t WHERE t.id = e.failed_task
  ) failed ON true`

/** The columns of `SHOWN`. */
export const shown = {
  status,
  ...each(text, 'kind', 'source'),
  ...each(integer, 'id', 'first_task', 'operations', 'completed'),
  ...each(nullable(text), 'error_code', 'error_message'),
  ...each(float, 'created_at', 'updated_at', 'remaining_ms', 'work_ms', 'span_ms', 'work_before_ms', 'span_before_ms'),
  ...each(nullable(float), 'result', 'started_at', 'finished_at', 'retrieved_at'),
  /** Null, like the columns of its operation, unless an operation is to blame. */
  failed_task: nullable(integer),
  ...failedOperationColumns,
  symbol: nullable(text),
  ...each(nullable(float), 'left_value', 'right_value')
}

/** An operation, a task `t`, as clients see it; its columns are `operationColumns`. */
export const OPERATION = `t.symbol, t.left_task AS "leftTask", t.right_task AS "rightTask",
  t.left_value AS "leftValue", t.right_value AS "rightValue", t.time_ms AS "timeMs", t.path_ms AS "pathMs", t.state,
  t.missing, t.value, t.attempts, t.lease, t.lease_ms AS "leaseMs", t.agent, t.claimed_at AS "claimedAt",
  t.completed_at AS "completedAt", t.ended_attempts AS "endedAttempts"`

export const operationColumns = {
  symbol: text,
  state: taskState,
  ...each(integer, 'missing', 'attempts'),
  ...each(float, 'timeMs', 'pathMs', 'leaseMs'),
  ...each(nullable(integer), 'leftTask', 'rightTask'),
  ...each(nullable(float), 'leftValue', 'rightValue', 'value', 'claimedAt', 'completedAt'),
  ...each(nullable(text), 'lease', 'agent'),
  endedAttempts
}
