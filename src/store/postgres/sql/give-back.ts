import { MAX_AGENTS } from '../../../core/queue/failure.js'
import { statement } from '../statement.js'
import { enlisted } from './fragments.js'

/**
 * leased → ready, for those whose lease is given, or is over. `refund` is what is taken off the attempts: 1 where the
 * claim shall not have been, 0 where it stays spent. Of a lease that is named twice, the first counts.
 */
export const giveBack = statement('give_back', {
  tasks: 'bigint[]',
  // null: whatever the lease is.
  leases: 'text[]',
  refund: 'integer',
  // Only what is due, and has attempts left.
  overdue_after: 'integer'
}, `
WITH ref AS (
  SELECT place, task, lease, row_number() OVER (PARTITION BY task, lease ORDER BY place) AS mention
  FROM unnest($tasks, $leases) WITH ORDINALITY AS r (task, lease, place)
), touched AS MATERIALIZED (
  SELECT id, expression, symbol, state, lease, attempts, deadline
  FROM longhand.task WHERE id = ANY ($tasks) ORDER BY id FOR NO KEY UPDATE
), judged AS MATERIALIZED (
  SELECT r.place, r.task, t.expression, t.symbol, CASE
    WHEN t.id IS NULL THEN 'unknown'
    WHEN t.state IN ('completed', 'failed', 'dropped') THEN 'ignored'
    WHEN t.state = 'leased' AND r.mention = 1 AND (r.lease IS NULL OR r.lease = t.lease)
      AND ($overdue_after IS NULL OR (t.deadline <= $tick AND t.attempts < $overdue_after)) THEN 'accepted'
    ELSE 'superseded'
  END AS outcome
  FROM ref r LEFT JOIN touched t ON t.id = r.task
), given AS (
  UPDATE longhand.task t
  SET state = 'ready', attempts = t.attempts - $refund, lease = NULL, agent = NULL, server = NULL, claimed_at = NULL,
    updated_at = $at, deadline = NULL,
    earlier_agents = CASE WHEN $refund = 0 THEN (array_append(coalesce(t.earlier_agents, '{}'), t.agent))[
      greatest(cardinality(t.earlier_agents) - ${MAX_AGENTS - 2}, 1):] ELSE t.earlier_agents END
  FROM judged j WHERE t.id = j.task AND j.outcome = 'accepted'
), arrived AS (
  SELECT expression, min(place) AS place FROM judged WHERE outcome = 'accepted' GROUP BY expression
), ${enlisted('$tasks')}
SELECT ARRAY(SELECT outcome FROM judged ORDER BY place) AS outcomes,
  ARRAY(SELECT symbol FROM judged WHERE outcome = 'accepted') AS ready
`)
