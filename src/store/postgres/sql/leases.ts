import { outcomes } from '../fields.js'
import { statement } from '../statement.js'
import { leaseOutcome } from './fragments.js'

/** Renews leases to their full length from now. */
export const renew = statement('renew', { tasks: 'bigint[]', leases: 'text[]' }, { outcomes }, `
WITH ref AS (
  SELECT ordinal, task, lease FROM unnest($tasks, $leases) WITH ORDINALITY AS r (task, lease, ordinal)
), locked AS MATERIALIZED (
  SELECT id, state, lease FROM longhand.task WHERE id = ANY ($tasks) ORDER BY id FOR NO KEY UPDATE
), decided AS MATERIALIZED (
  SELECT r.ordinal, r.task, ${leaseOutcome()} AS outcome
  FROM ref r LEFT JOIN locked t ON t.id = r.task
), renewed AS (
  UPDATE longhand.task t SET deadline = $tick + t.lease_ms, updated_at = $at, deadline_order = o.deadline_order
  FROM (
    SELECT task, nextval('longhand.deadline_order') AS deadline_order FROM (
      SELECT task FROM decided WHERE outcome = 'accepted' GROUP BY task ORDER BY max(ordinal)
    ) ordered
  ) o
  WHERE t.id = o.task
)
SELECT ARRAY(SELECT outcome FROM decided ORDER BY ordinal) AS outcomes
`)

/** The outcomes that `renew` would have. Takes no locks, because nothing depends on them. */
export const check = statement('check', { tasks: 'bigint[]', leases: 'text[]' }, { outcomes }, `
SELECT ARRAY(
  SELECT ${leaseOutcome()}
  FROM unnest($tasks, $leases) WITH ORDINALITY AS r (task, lease, ordinal)
  LEFT JOIN longhand.task t ON t.id = r.task
  ORDER BY r.ordinal
) AS outcomes
`)
