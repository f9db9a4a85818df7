import { Type } from '@sinclair/typebox'
import { boolean, float, integer, nullable, status, text } from '../fields.js'
import { statement } from '../statement.js'
import { OPERATION, SHOWN, operationColumns, shown } from './fragments.js'

/**
 * Reads of changes. A row has changed since a snapshot when the transaction that wrote it last was not visible in it:
 * this is exact, whatever the order in which transactions commit. The answer's cursor continues from the snapshot of
 * the statement itself.
 *
 * A request is a cursor (`cursors.ts`) with the most ids to answer. It gets the rest of its pass and, where that fits,
 * what has changed since the pass began in what the pass had behind it: then nothing is left.
 */

/** The requests, an element for each. */
const requests = {
  bases: 'text[]',
  nexts: 'text[]',
  afters: 'bigint[]',
  most: 'integer[]'
} as const

const ELEMENTS = '$bases, $nexts, $afters, $most'
const COLUMNS = 'base, next, after, most, ordinal'

/** The columns of an answer besides what it shows. */
const answerColumns = {
  // Index of the request, from 1.
  ordinal: integer,
  // The request was answered from the start.
  started: boolean,
  // More ids have changed than the answer shows.
  more: boolean,
  // The pass ended; `last` is of the pass that follows it.
  turned: boolean,
  // The last id of the pass that is shown; 0 for none.
  last: integer,
  snapshot: text
}

/** Transactions of the future are in restored backups only, and their rows are as old as the restore. */
const CURRENT = 'pg_snapshot_xmax(pg_current_snapshot())'

/** The requests `r` with typed snapshots; those with a snapshot of another life start again. */
function asked (condition: string): string {
  const usable = (snapshot: string): string =>
    `coalesce(pg_snapshot_xmax(r.${snapshot}::pg_snapshot) <= ${CURRENT}, true)`
  return `SELECT r.*, usable.*,
      CASE WHEN is_usable THEN r.base::pg_snapshot END AS base_of,
      CASE WHEN is_usable THEN r.next::pg_snapshot END AS next_of,
      CASE WHEN is_usable THEN r.after ELSE 0 END AS behind
    FROM r CROSS JOIN LATERAL (
      SELECT ${usable('base')} AND ${usable('next')} AND ${condition} AS is_usable
    ) usable`
}

/** Whether a row was changed since a snapshot by a transaction in its column `column`. */
function changedSince (snapshot: string, column: string): string {
  return `${column} >= pg_snapshot_xmin(${snapshot}) AND ${column} < ${CURRENT}
      AND NOT pg_visible_in_snapshot(${column}, ${snapshot})`
}

/**
 * The ids for each request `a` of `asked`: `pass` in the rest of its pass, `behind` in what is behind it.
 *
 * @param ids selects the ids that match a condition, changed since a snapshot of `a`
 */
function found (ids: (snapshot: string, condition: string) => string): string {
  const size = 'cardinality(pass.ids)'
  return `SELECT a.*, pass.ids AS pass_ids, turn.ids AS turn_ids
    FROM asked a CROSS JOIN LATERAL (
      SELECT ARRAY(${ids('a.base_of', 'id > a.behind')} ORDER BY id LIMIT a.most + 1) AS ids
    ) pass CROSS JOIN LATERAL (
      SELECT ARRAY(
        ${ids('a.next_of', `id <= a.behind AND a.next_of IS NOT NULL AND ${size} <= a.most`)}
        ORDER BY id LIMIT a.most + 1 - ${size}) AS ids
    ) turn`
}

/** Of the ids of `found`, those of the answer. */
const CUT = `SELECT f.*, base_of IS NULL AND next_of IS NULL AS started,
    cardinality(pass_ids) + cardinality(turn_ids) > most AS more,
    cardinality(pass_ids) <= most AND next_of IS NOT NULL AS turned,
    pass_ids[:most] AS pass_shown, turn_ids[:most - least(most, cardinality(pass_ids))] AS turn_shown
  FROM found f`

const ANSWER = `c.ordinal, c.started, c.more, c.turned,
  coalesce(CASE WHEN c.turned THEN c.turn_shown[cardinality(c.turn_shown)]
    ELSE c.pass_shown[cardinality(c.pass_shown)] END, 0) AS last,
  pg_current_snapshot()::text AS snapshot`

/**
 * What has changed in expressions; no row for an unknown one. The tasks of an expression are read by their ids: an
 * index on `changed_in` would cost each update of a task more than the reads are worth.
 */
export const changesOf = statement('changes_of', {
  expressions: 'bigint[]',
  // Indices of the requests, from 1, that get the expression even if more operations follow.
  eager: 'integer[]',
  ...requests
}, {
  ...answerColumns,
  id: integer,
  first_task: integer,
  tasks: Type.Array(Type.Object({ id: integer, ...operationColumns })),
  changed: boolean,
  // Null unless it has changed, in all but one of the rows of an expression, because its text may be long, and where
  // more follows.
  expression: nullable(Type.Object(shown))
}, `
WITH r AS MATERIALIZED (
  SELECT r.*, e.first_task, e.operations, e.changed_in
  FROM unnest($expressions, ${ELEMENTS}) WITH ORDINALITY AS r (id, ${COLUMNS})
  JOIN longhand.expression e ON e.id = r.id
), asked AS MATERIALIZED (
  ${asked('true')}
), found AS MATERIALIZED (
  ${found((snapshot, condition) => `SELECT t.id FROM longhand.task t
        WHERE t.id >= a.first_task AND t.id < a.first_task + a.operations AND t.${condition}
          AND (${snapshot} IS NULL OR ${changedSince(snapshot, 't.changed_in')})`)}
), cut AS MATERIALIZED (
  SELECT c.*, NOT c.more OR c.ordinal = ANY ($eager) AS is_whole,
    c.started OR cardinality(pass_ids) + cardinality(turn_ids) > 0
    OR (${changedSince('coalesce(next_of, base_of)', 'c.changed_in')}) AS changed
  FROM (${CUT}) c
), expressions AS MATERIALIZED (
  SELECT s.id, to_json(s) AS expression
  FROM (${SHOWN} WHERE e.id = ANY (ARRAY(SELECT id FROM cut WHERE changed AND is_whole))) s
)
SELECT ${ANSWER}, c.id, c.first_task, c.changed,
  (SELECT coalesce(json_agg(o ORDER BY o.id), '[]') FROM (
    SELECT t.id, ${OPERATION} FROM longhand.task t WHERE t.id = ANY (c.turn_shown || c.pass_shown)
  ) o) AS tasks,
  CASE WHEN c.changed AND is_whole
    AND row_number() OVER (PARTITION BY c.id, c.changed, c.is_whole ORDER BY c.ordinal) = 1
    THEN (SELECT s.expression FROM expressions s WHERE s.id = c.id) END AS expression
FROM cut c ORDER BY c.ordinal
`)

/**
 * What has changed in the list. An id that is found and has no expression was deleted. A cursor from before the
 * deletions that were pruned starts again.
 */
export const listChanges = statement('list_changes', requests, {
  ...answerColumns,
  expressions: Type.Array(Type.Object({
    id: integer, kind: text, status, result: nullable(float), createdAt: float
  })),
  deleted: Type.Array(integer)
}, `
WITH r AS MATERIALIZED (
  SELECT * FROM unnest(${ELEMENTS}) WITH ORDINALITY AS r (${COLUMNS})
), asked AS MATERIALIZED (
  ${asked(`NOT EXISTS (
        SELECT FROM longhand.deletion_pruned p
        WHERE p.deleted_in >= pg_snapshot_xmin(coalesce(r.base, r.next)::pg_snapshot) AND p.deleted_in < ${CURRENT})`)}
), found AS MATERIALIZED (
  ${found((snapshot, condition) => `SELECT id FROM (
          (SELECT e.id FROM longhand.expression e
          WHERE ${snapshot} IS NULL AND e.${condition} ORDER BY e.id LIMIT a.most + 1)
          UNION ALL
          SELECT e.id FROM longhand.expression e
          WHERE ${changedSince(snapshot, 'e.changed_in')} AND e.${condition}
          UNION ALL
          SELECT u.id FROM longhand.deletion d CROSS JOIN LATERAL unnest(d.ids) AS u (id)
          WHERE ${changedSince(snapshot, 'd.deleted_in')} AND u.${condition}
        ) changed`)}
), cut AS MATERIALIZED (
  ${CUT}
)
SELECT ${ANSWER}, shown.expressions, ARRAY(
    SELECT i FROM unnest(c.turn_shown || c.pass_shown) i
    WHERE NOT EXISTS (SELECT FROM longhand.expression e WHERE e.id = i) ORDER BY i
  ) AS deleted
FROM cut c CROSS JOIN LATERAL (
  SELECT coalesce(json_agg(l ORDER BY l.id), '[]') AS expressions FROM (
    SELECT e.id, e.kind, e.status, e.result, e.created_at AS "createdAt" FROM longhand.expression e
    WHERE e.id = ANY (c.turn_shown || c.pass_shown)
  ) l
) shown
ORDER BY c.ordinal
`)

/**
 * Deletes the record of deletions of before `keep_ms`. Those of transactions that some cursor may still count as under
 * way stay: otherwise cursors from after this statement would have to start again.
 */
export const pruneDeletions = statement('prune_deletions', { keep_ms: 'float8' }, {}, `
WITH pruned AS (
  DELETE FROM longhand.deletion
  WHERE deleted_at <= $at - $keep_ms
    AND (deleted_in < pg_snapshot_xmin(pg_current_snapshot()) OR deleted_in >= ${CURRENT})
  RETURNING deleted_in
), latest AS (
  SELECT deleted_in FROM pruned WHERE deleted_in < ${CURRENT} ORDER BY deleted_in DESC LIMIT 1
)
UPDATE longhand.deletion_pruned p SET deleted_in = l.deleted_in FROM latest l
WHERE p.deleted_in < l.deleted_in OR p.deleted_in >= ${CURRENT}
`)
