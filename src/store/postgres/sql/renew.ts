import { statement } from '../statement.js'

/** Prolongs leases to their full length from now. */
export const renew = statement('renew', { tasks: 'bigint[]', leases: 'text[]' }, `
WITH ref AS (
  SELECT place, task, lease FROM unnest($tasks, $leases) WITH ORDINALITY AS r (task, lease, place)
), touched AS MATERIALIZED (
  SELECT id, state, lease FROM longhand.task WHERE id = ANY ($tasks) ORDER BY id FOR NO KEY UPDATE
), judged AS MATERIALIZED (
  SELECT r.place, r.task, CASE
    WHEN t.id IS NULL THEN 'unknown'
    WHEN t.state IN ('completed', 'failed', 'dropped') THEN 'ignored'
    WHEN t.state = 'leased' AND t.lease = r.lease THEN 'accepted'
    ELSE 'superseded'
  END AS outcome
  FROM ref r LEFT JOIN touched t ON t.id = r.task
), renewed AS (
  UPDATE longhand.task t SET deadline = $tick + t.lease_ms, updated_at = $at, hold_order = h.hold
  FROM (
    SELECT task, nextval('longhand.hold') AS hold FROM (
      SELECT task FROM judged WHERE outcome = 'accepted' GROUP BY task ORDER BY max(place)
    ) ordered
  ) h
  WHERE t.id = h.task
)
SELECT ARRAY(SELECT outcome FROM judged ORDER BY place) AS outcomes
`)
